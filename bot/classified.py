"""The three axes of JR/T 0169-2018, read for the gateway and for the commands."""

from __future__ import annotations

from actions import classification
from actions.classification import Classification
from bot.errors import ConfigurationError


def open_classification() -> Classification:
    """The three axes. Raises ConfigurationError that names every fault of the file."""
    try:
        return classification.load()
    except ValueError as error:
        raise ConfigurationError(str(error).splitlines()) from error
