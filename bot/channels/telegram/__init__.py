"""Telegram: updates.py reads, rendering.py writes, channel.py sends, listener.py receives."""
