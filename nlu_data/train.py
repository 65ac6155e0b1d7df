"""Train the NLU model: `python -m nlu_data.train OUTPUT.tar.gz`, in Rasa's interpreter.

OUTPUT appears whole or not at all. Exit code 1, with the reasons on stderr, where the training
data or config.yml is not right.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import NamedTuple

from nlu_data.surroundings import prepare, settle

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "config.yml"
EXAMPLES = ROOT / "nlu_data" / "nlu"


class BadData(Exception):
    """The training data cannot be used; the message lists what is wrong, one problem a line."""


class Place(NamedTuple):
    """Where a sentence is given for an intent."""

    file: Path
    intent: str


def main() -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="nlu_data.train", description="Train the NLU model.")
    parser.add_argument("output", type=Path, help="the model to write, ending in .tar.gz")
    output: Path = parser.parse_args().output
    began = time.monotonic()
    _say("starting Rasa")
    prepare()
    try:
        _train(output.resolve())
    except BadData as error:
        print(f"Training failed:\n{error}", file=sys.stderr)
        return 1
    _say(f"{output} is ready after {time.monotonic() - began:.0f} s")
    return 0


def _train(output: Path) -> None:
    # Rasa reads its environment while it is imported, so every import of it follows `prepare`.
    from rasa.model_training import train_nlu  # noqa: PLC0415
    from rasa.shared.exceptions import RasaException  # noqa: PLC0415
    from rasa.shared.utils.io import read_model_configuration  # noqa: PLC0415

    settle()
    try:
        read_model_configuration(str(CONFIG))
    except RasaException as error:
        raise BadData(f"{CONFIG}: {_told(error)}") from error
    _say(f"reading {EXAMPLES.relative_to(ROOT)}")
    examples, intents = _examine(EXAMPLES)
    _say(f"learning {intents} intents from {examples} sentences")
    output.parent.mkdir(parents=True, exist_ok=True)
    said = io.StringIO()
    # Beside the output, so that the last step is a rename within one file system.
    with tempfile.TemporaryDirectory(prefix=".training-", dir=output.parent) as folder:
        try:
            with contextlib.redirect_stdout(said):
                model = train_nlu(str(CONFIG), str(EXAMPLES), folder, fixed_model_name=output.name)
        except (RasaException, ImportError) as error:
            raise BadData(_told(error)) from error
        if model is None:
            raise BadData(said.getvalue().strip())
        Path(model).replace(output)


def _examine(folder: Path) -> tuple[int, int]:
    """The numbers of sentences and of intents. Raises BadData.

    Rasa skips what it does not understand with a warning. A model that silently lacks an intent
    would be worse than none, so here each warning is an error.
    """
    from rasa.shared.exceptions import RasaException  # noqa: PLC0415  see _train
    from rasa.shared.nlu.training_data.formats import RasaYAMLReader  # noqa: PLC0415

    problems: list[str] = []
    places: dict[str, list[Place]] = {}
    for file in sorted(folder.rglob("*.yml")):
        with warnings.catch_warnings(record=True) as doubts:
            warnings.simplefilter("always")
            try:
                data = RasaYAMLReader().read(str(file))
            except (RasaException, ValueError) as error:
                problems.append(_told(error))
                continue
        problems += [str(doubt.message) for doubt in doubts if doubt.category is UserWarning]
        for message in data.intent_examples:
            place = Place(file, message.get("intent"))
            places.setdefault(message.get("text", ""), []).append(place)
        if not data.intent_examples:
            problems.append(f"{file}: there is no intent with examples in it")
    problems += _contradictions(places)
    if not places and not problems:
        problems.append(f"there are no *.yml files in {folder}")
    if problems:
        raise BadData("\n".join(problems))
    return len(places), len({place.intent for its in places.values() for place in its})


def _contradictions(places: dict[str, list[Place]]) -> list[str]:
    """A sentence has one intent; otherwise the classifier can only guess."""
    return [
        f"{text!r} is an example of different intents: "
        + ", ".join(f"{place.intent} ({place.file}:{_line(place.file, text)})" for place in its)
        for text, its in places.items()
        if len({place.intent for place in its}) > 1
    ]


def _line(file: Path, text: str) -> int:
    """Where `text` stands in `file`, from 1; 0 where Rasa's markup hides it."""
    lines = file.read_text("utf-8").splitlines()
    wanted = f"- {text}"
    return next((number for number, line in enumerate(lines, 1) if line.strip() == wanted), 0)


def _told(error: Exception) -> str:
    """Rasa's words without its advice to paste the file into somebody's web page."""
    return str(error).partition("\n\nYou can use http")[0]


def _say(what: str) -> None:
    print(f"train: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
