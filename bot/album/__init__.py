"""消保之声: what is in it, its sound, its page and its feed.

The texts of an episode are in bot/phrases/album.py.
"""
