"""`gateway.recordings` in config.yml: whether calls are recorded, and for how long."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from bot.section import Section


class Recordings(Section):
    """The sound of calls; how each call went is kept in any case."""

    enabled: bool = True
    """A line that is recorded says so at its start."""
    days: Annotated[int, Field(ge=1, le=3_650)] = 180
    """After a call; what a complaint needs is kept longer (actions/call_keeping.py)."""
