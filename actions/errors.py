"""The roots of the error tree; bot/errors.py draws it whole."""


class XiaobaoError(Exception):
    """Anything of ours."""


class StorageUnavailable(XiaobaoError):
    """The database cannot be read or written now (gone, locked, disk full)."""


class WrongKey(XiaobaoError):
    """Data was sealed with a key that is not among the present ones."""


class Damaged(XiaobaoError):
    """A sealed file is not as it was written: changed, exchanged, or parts of it are missing."""


class NotAllowed(XiaobaoError):
    """A step that the present state, or this person, does not allow. The message can be shown."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
