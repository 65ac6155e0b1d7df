"""The conversation: channels, the one path of a turn, and the human agents' desk."""
