"""What a turn leads to, as data: the dialogue decides it, the outcome carries it out."""

from __future__ import annotations

from dataclasses import dataclass

from actions.complaints import Draft, Step
from actions.gaps import Kind
from actions.intake import Progress
from actions.queueing import Urgency
from bot.conversations import State
from bot.turn import Reply, Route


@dataclass(frozen=True, slots=True)
class CallHuman:
    """Put the customer in the queue."""

    urgency: Urgency
    reason: str


@dataclass(frozen=True, slots=True)
class LeaveQueue:
    """Take the customer out of the queue."""


@dataclass(frozen=True, slots=True)
class FileComplaint:
    """Register a complaint."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class TakeStep:
    """Withdraw, supplement or dispute the customer's own complaint."""

    number: str
    step: Step
    why: str = ""


@dataclass(frozen=True, slots=True)
class FileRequest:
    """Register a visit or a suggestion."""

    progress: Progress


@dataclass(frozen=True, slots=True)
class ShowComplaints:
    """Tell where the customer's complaints stand."""


@dataclass(frozen=True, slots=True)
class BeginCall:
    """A telephone call has begun."""


@dataclass(frozen=True, slots=True)
class PromiseCall:
    """Nobody took the telephone call: promise to call back."""

    number: str
    """Of the caller; "" where it is not shown."""


@dataclass(frozen=True, slots=True)
class OfferMore:
    """Ask, after an article was read out, whether to repeat it or to send it in writing."""


@dataclass(frozen=True, slots=True)
class SendCopy:
    """Send an article to a platform that is linked with this conversation, or as a text message."""

    reply: Reply
    by_text: bool = False
    """Whether a text message was asked for; else a linked platform comes first."""


@dataclass(frozen=True, slots=True)
class RepeatLast:
    """Say the last answer again."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Keep what the customer thinks of the agent's service."""

    score: int


@dataclass(frozen=True, slots=True)
class OfferLink:
    """Show a code by which another channel's conversation is linked with this one."""


@dataclass(frozen=True, slots=True)
class JoinLink:
    """Link this conversation with the one that was shown the code."""

    code: str


@dataclass(frozen=True, slots=True)
class LeaveLink:
    """Unlink this conversation."""


@dataclass(frozen=True, slots=True)
class NoteGap:
    """Tell the reviewers what the knowledge lacked."""

    kind: Kind
    question: str


Effect = (
    CallHuman
    | LeaveQueue
    | Rate
    | FileComplaint
    | TakeStep
    | FileRequest
    | ShowComplaints
    | BeginCall
    | PromiseCall
    | OfferMore
    | SendCopy
    | RepeatLast
    | OfferLink
    | JoinLink
    | LeaveLink
    | NoteGap
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What a turn leads to; the effects' own replies follow `replies`."""

    route: Route
    state: State
    replies: tuple[Reply, ...] = ()
    effects: tuple[Effect, ...] = ()
    elder: bool | None = None
    """A new elder mode; None leaves it as it is."""
