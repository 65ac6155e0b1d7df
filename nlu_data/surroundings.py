"""What Rasa and its libraries must find when they are imported: quiet, and on their own."""

from __future__ import annotations

import logging
import os
import sys

_ENVIRONMENT = {
    "RASA_TELEMETRY_ENABLED": "false",
    # The cache is keyed by configuration and data; a change of our component would go unnoticed.
    "RASA_MAX_CACHE_SIZE": "0",
    "SANIC_WORKERS": "1",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # Nothing of ours runs on TensorFlow: it need not look for graphics cards.
    "CUDA_VISIBLE_DEVICES": "-1",
    # One sentence is too little to share between cores.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def prepare() -> None:
    """Set environment, warnings and logging (to stderr). Before the first import of Rasa."""
    os.environ.update(_ENVIRONMENT)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # Rasa pins libraries of 2022 and 2023; what they deprecate is not for our operators. A filter
    # would not do, because some of them set their own.
    logging.captureWarnings(capture=True)
    logging.getLogger("py.warnings").setLevel(logging.ERROR)


def settle() -> None:
    """Finish what `prepare` began, after Rasa is imported: its structured log goes the same way."""
    from rasa.utils.common import configure_logging_and_warnings  # noqa: PLC0415  see prepare
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415

    configure_logging_and_warnings(logging.WARNING)
    configure_structlog(logging.WARNING)
