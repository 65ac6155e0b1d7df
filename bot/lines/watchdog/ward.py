"""What the watchdog knows of gateways and calls, and what follows. No I/O; time is given."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

STILL_S = 3.0
"""A gateway that has not beaten for so long has its callers taken away."""
KEPT_S = 600.0
"""A note is answered so long after its call's leg has ended."""
MOST_CALLS = 10_000
LONGEST_NOTE = 1_000
UNKNOWN = "agent;reason=unknown"
_CALL = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NOTE = re.compile(r"[ -~]*")
_DIALLED = re.compile(r"[!-~]{1,200}")


class BadMessage(Exception):
    """A gateway said something that it cannot have meant."""


@dataclass
class Gateway:
    """One gateway's connection."""

    beat: float
    """When it last gave a sign."""
    dialled: tuple[str, ...] = ()
    """How Dial names it."""
    calls: set[str] = field(default_factory=set)
    """Those whose bot's leg is up."""
    pid: int = 0
    """Its process; 0 where it is not known."""
    gone: bool = False
    """Whether its connection has ended."""


class Ward:
    """All gateways and calls of this machine."""

    def __init__(self, still_s: float = STILL_S) -> None:
        self._still_s = still_s
        self._gateways: list[Gateway] = []
        self._notes: dict[str, str] = {}
        self._ended: dict[str, float] = {}

    def came(self, now: float, pid: int = 0) -> Gateway:
        """A gateway has connected."""
        gateway = Gateway(now, pid=pid)
        self._gateways.append(gateway)
        return gateway

    def left(self, gateway: Gateway, now: float) -> None:
        """Its connection has ended. Its calls are watched until they are seen to have gone on."""
        gateway.gone = True
        if not gateway.calls:
            self.settled(gateway, now)

    def hear(self, gateway: Gateway, message: Any, now: float) -> str:
        """Take one message; the call whose number it asks for, else "". Raises BadMessage."""
        gateway.beat = now
        match message:
            case ["beat"]:
                pass
            case ["hello", [*dialled]] if all(_fits(_DIALLED, one) for one in dialled):
                gateway.dialled = tuple(dialled)[:10]
            case ["who", call] if _fits(_CALL, call):
                return str(call)
            case ["begin", call] if _fits(_CALL, call):
                self._begin(gateway, call)
            case ["end", call] if _fits(_CALL, call):
                gateway.calls.discard(call)
                self._ended[call] = now
            case ["note", call, note] if _fits(_CALL, call) and _fits(_NOTE, note):
                if len(self._notes) < MOST_CALLS or call in self._notes:
                    self._notes[call] = note[:LONGEST_NOTE]
                    if not self._lives(call):
                        self._ended.setdefault(call, now)
            case _:
                raise BadMessage(repr(message)[:80])
        return ""

    def _begin(self, gateway: Gateway, call: str) -> None:
        """A call that comes back, perhaps to another gateway, is that one's from now on."""
        for one in self._gateways:
            one.calls.discard(call)
        if len(gateway.calls) < MOST_CALLS:
            gateway.calls.add(call)
        self._ended.pop(call, None)

    def _lives(self, call: str) -> bool:
        return any(call in one.calls for one in self._gateways)

    def handoff(self, call: str) -> str:
        """What to tell the agent."""
        return self._notes.get(call, UNKNOWN)

    def forgive(self, now: float) -> None:
        """The watchdog itself has slept: nobody can be blamed for it."""
        for gateway in self._gateways:
            gateway.beat = now

    def still(self, now: float) -> list[Gateway]:
        """The gateways whose callers must be taken to a human."""
        return [one for one in self._gateways if now - one.beat >= self._still_s]

    def settled(self, gateway: Gateway, now: float) -> None:
        """None of its calls is with it any more; one that is gone is forgotten."""
        for call in gateway.calls:
            self._ended.setdefault(call, now)
        gateway.calls.clear()
        if gateway.gone and gateway in self._gateways:
            self._gateways.remove(gateway)

    def tidy(self, now: float) -> None:
        """Forget the notes of calls that ended long ago."""
        for call in [call for call, ended in self._ended.items() if now - ended > KEPT_S]:
            del self._ended[call]
            self._notes.pop(call, None)

    @property
    def empty(self) -> bool:
        """Whether there is neither a gateway nor a note to be answered."""
        return not self._gateways and not self._notes

    def figures(self) -> dict[str, int]:
        """For whoever asks how things stand."""
        here = [one for one in self._gateways if not one.gone]
        return {
            "gateways": len(here),
            "calls": sum(len(one.calls) for one in here),
            "notes": len(self._notes),
        }


def _fits(pattern: re.Pattern[str], text: Any) -> bool:
    return isinstance(text, str) and pattern.fullmatch(text) is not None
