"""`gateway.speaking` in config.yml: who speaks, and to whom texts may be given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from bot.section import Section


class Speaking(Section):
    """Voices, recordings, and what is spoken."""

    engine: Literal["edge", "local", "espeak"] = "edge"
    """Who records the reviewed texts; espeak stands in where it fails."""
    voice: Annotated[str, Field(pattern=r"^[a-z]{2,3}-[A-Z]{2}(-\w+)?-\w+Neural$")] = (
        "zh-CN-XiaoxiaoNeural"
    )
    """Of the engine edge."""
    edge_dynamic: bool = False
    """Whether edge may be given what is not reviewed, such as customers' numbers: it leaves the
    bank."""
    local_model: Path | None = None
    """The folder of a VITS model for sherpa-onnx."""
    elder_pace: Annotated[float, Field(ge=0.5, le=1.0)] = 0.8
    """How fast elders are spoken to, beside 1 for others."""
    patience_ms: Annotated[int, Field(ge=50, le=3_000)] = 300
    """After so long without sound the next voice is tried."""
    background: bool = True
    """Whether the gateway records what is missing while it runs."""
    recordings_mb: Annotated[int, Field(ge=10, le=100_000)] = 500
    memory_mb: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Recordings that are held decoded; a minute is 2 MB."""
    answers: bool = False
    """Whether elders on Telegram get each answer as a voice note too."""
    public_url: Annotated[str, Field(pattern=r"^(https?://[^\s/]+(/\S*[^/\s])?)?$")] = ""
    """Where customers reach this gateway, for links to 消保之声: https://xiaobao.bank.example."""
