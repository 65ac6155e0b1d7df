"""What an operator sees while a command works."""

from __future__ import annotations


def say(line: str) -> None:
    """Show it at once, also through a pipe."""
    print(line, flush=True)
