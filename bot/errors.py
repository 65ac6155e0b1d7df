"""Everything that can go wrong, as a tree.

XiaobaoError
├── ConfigurationError      the operator must change something before it can start
├── DeliveryFailed          a platform refused a message
├── UnderstandingError      Rasa is slow or away
├── StorageUnavailable      the database cannot be written (actions.database)
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
    """A platform did not take a message; it is stored, and its sender is told or it is retried."""

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
