"""What an operator should know of the voices before anybody calls."""

from __future__ import annotations

from dataclasses import dataclass

from audio import espeak, neural
from bot.speaking_settings import Speaking


@dataclass(frozen=True, slots=True)
class Findings:
    """In words for the operator."""

    problems: tuple[str, ...]
    """What was configured and cannot work."""
    remarks: tuple[str, ...]
    """What is worth knowing."""


def findings(settings: Speaking) -> Findings:
    """Looks for programs and files; nothing is started."""
    problems = []
    if settings.engine == "local" or settings.local_model:
        problems += neural.problems(settings.local_model)
    remarks: list[str] = []
    if missing := espeak.missing():
        # Where it is the only voice, nothing at all can be said.
        (problems if settings.engine == "espeak" else remarks).append(missing)
    if settings.edge_dynamic:
        remarks.append(
            "speaking.edge_dynamic 为 true：没有录过的话（可能含客户信息）会发给境外的在线服务"
        )
    return Findings(tuple(problems), tuple(remarks))
