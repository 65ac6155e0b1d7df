"""Everything that can go wrong, as a tree.

XiaobaoError
├── ConfigurationError      the operator must change something before it can start
├── DeliveryFailed          a platform will never take a message
├── DeliveryDelayed         a platform does not take a message now
├── UnderstandingError      Rasa is slow or away
├── StorageUnavailable      the database cannot be written (actions.database)
├── Damaged                 a sealed file is not as it was written (actions.sealed_file)
└── BadRequest              the caller must change something
    ├── UnknownConversation
    ├── BadField
    ├── TooLong
    └── RateLimited
"""

from __future__ import annotations

from actions.errors import StorageUnavailable, XiaobaoError

__all__ = [
    "BadField",
    "BadRequest",
    "ConfigurationError",
    "DeliveryDelayed",
    "DeliveryFailed",
    "RateLimited",
    "StorageUnavailable",
    "TooLong",
    "UnderstandingError",
    "UnknownConversation",
    "XiaobaoError",
]


class ConfigurationError(XiaobaoError):
    """Settings, keys, ports or files that stop the gateway from starting."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
        """One sentence each, in Chinese, that says what to do."""


class DeliveryFailed(XiaobaoError):
    """A channel's platform will never take a message; it stays stored, and the desk is told."""

    def __init__(self, reason: str, *, unreachable: bool = False) -> None:
        """`reason`: in Chinese, for the agent."""
        super().__init__(reason)
        self.unreachable = unreachable
        """Whether nothing else can reach this customer either, such as after they blocked us."""


class DeliveryDelayed(XiaobaoError):
    """A channel's platform does not take a message now; it is tried again."""

    def __init__(
        self,
        reason: str,
        retry_after: float | None = None,
        *,
        everyone: bool = False,
        kept: bool = False,
        gathers: bool = False,
    ) -> None:
        """`reason`: in Chinese, for the agent who reads it where it never succeeds."""
        super().__init__(reason)
        self.retry_after = retry_after
        """Seconds that the platform asks for; None where the usual pause will do."""
        self.everyone = everyone
        """Whether the platform wants this pause for all customers."""
        self.kept = kept
        """Whether it rests until the customer writes; the desk is told once."""
        self.gathers = gathers
        """Whether it only waits for others to go out with it; that is no try."""


class ReminderFailed(XiaobaoError):
    """A server did not take a reminder; it is tried again."""

    def __init__(self, message: str, *, retry_after: int = 0) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds for which the platform wants to hear nothing; 0 where it did not say."""


class UnderstandingError(XiaobaoError):
    """Rasa gave no usable answer in time."""


class BadRequest(XiaobaoError):
    """A request that cannot be taken; the message is fit to be shown to its sender."""

    code = "bad_request"
    status = 400


class BadField(BadRequest):
    """One field of a form; the message stands beside it."""

    code = "bad_field"

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownConversation(BadRequest):
    """No conversation has this id."""

    code = "unknown_conversation"


class TooLong(BadRequest):
    """More text than one turn may carry."""

    code = "too_long"
    status = 413


class RateLimited(BadRequest):
    """Too many messages from one address."""

    code = "rate_limited"
    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        """Seconds."""
