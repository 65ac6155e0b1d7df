"""The lines by which calls come: AudioSocket, Asterisk's media WebSocket, a browser.

Each hands its calls to an `Answer` (bot/lines/legs.py). Beside them stands the watchdog, a process
of its own that brings callers to a human when this one is frozen or dead.
"""
