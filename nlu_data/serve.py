"""Rasa's HTTP server on loopback: `python -m nlu_data.serve --model FILE --port N`.

Run in Rasa's interpreter, with the token that requests must carry (`?token=`) in RASA_TOKEN. Ends
when its standard input ends, unless that is a terminal or /dev/null: whoever started it with a
pipe has died, and must not leave an orphan on the port.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import stat
import sys
import threading
import time
from pathlib import Path

from nlu_data.surroundings import prepare, settle

logger = logging.getLogger(__name__)

_GRACE_S = 5.0
"""How long running requests may take to finish after standard input has ended."""


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="nlu_data.serve", description="Serve the NLU model.")
    parser.add_argument("--model", type=Path, required=True, help="made by nlu_data.train")
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1")
    options = parser.parse_args()
    # Taken out, so that nothing that Rasa starts or reports can carry it.
    token = os.environ.pop("RASA_TOKEN", "")
    if not token:
        parser.error("the environment variable RASA_TOKEN must hold the token")
    if not options.model.is_file():
        parser.error(f"there is no model at {options.model}; train it first")
    try:
        listener = _bind(options.port)
    except OSError as error:
        parser.exit(1, f"port {options.port} cannot be used: {error.strerror}\n")
    _end_with_standard_input()
    prepare()
    return _serve(options.model, listener, token)


def _bind(port: int) -> socket.socket:
    """Take the port before the seconds that Rasa's import lasts; Rasa will listen on it."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    return listener


def _end_with_standard_input() -> None:
    """Watch standard input in a thread that never keeps the process alive."""
    descriptor = sys.stdin.fileno()
    # A service manager gives /dev/null, which ends at once and means nothing.
    if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
        threading.Thread(target=_wait_for_end, args=(descriptor,), daemon=True).start()


def _wait_for_end(descriptor: int) -> None:
    while os.read(descriptor, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_GRACE_S)
    os._exit(1)


def _serve(model: Path, listener: socket.socket, token: str) -> int:
    # Rasa reads its environment while it is imported, so every import of it follows `prepare`.
    from rasa.core.agent import Agent  # noqa: PLC0415
    from rasa.core.run import configure_app  # noqa: PLC0415
    from rasa.utils.common import update_sanic_log_level  # noqa: PLC0415

    settle()
    # Without input channels: the webhooks of `rasa run` would answer without a token.
    app = configure_app(cors=None, auth_token=token, enable_api=True)
    update_sanic_log_level()
    try:
        # Rasa's own way of loading would start a server that has no model, and answer 409.
        app.ctx.agent = Agent.load(str(model))
    except Exception:
        logger.exception("the model %s cannot be loaded; train it again", model)
        return 1
    # The access log would write the token, which is part of each address.
    app.run(sock=listener, workers=1, access_log=False, motd=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
