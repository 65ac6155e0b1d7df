"""Our pipeline beside Rasa's documented default for Chinese (Jieba and DIET), on the same data.

Both learn from the same sentences: `--each N` takes the first N of each intent, since the default
would train on all of them for hours. Jieba goes into a folder of the benchmark's own: nothing else
needs it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "bench")]

from answers import scores  # noqa: E402  # the paths stand above
from e2e.heldout import held_out  # noqa: E402
from homophones import NOISE, noisy  # noqa: E402

from bot.settings import load  # noqa: E402

JIEBA = "jieba==0.42.1"
EXAMPLES = ROOT / "nlu_data/nlu"
DEFAULT: dict[str, Any] = {
    "recipe": "default.v1",
    "language": "zh",
    "policies": [],
    "pipeline": [
        {"name": "JiebaTokenizer"},
        {"name": "RegexFeaturizer"},
        {"name": "LexicalSyntacticFeaturizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
}


def run(config: Path, data: Path, texts: list[str], libraries: Path) -> dict[str, Any]:
    done = subprocess.run(
        [load(secrets=False).rasa.python, ROOT / "bench/pipeline.py", config, data],
        input=json.dumps({"texts": texts}),
        env={**os.environ, "PYTHONPATH": str(libraries)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def examples(folder: Path, each: int) -> Path:
    """The first `each` of every intent, without blanks: JiebaTokenizer fails on a text with one."""
    target = folder / "nlu"
    target.mkdir()
    for file in EXAMPLES.glob("*.yml"):
        data = yaml.safe_load(file.read_text("utf-8"))
        for entry in data["nlu"]:
            lines = entry["examples"].splitlines()
            bare = ["".join(line.removeprefix("- ").split()) for line in lines]
            entry["examples"] = "".join(f"- {line}\n" for line in list(dict.fromkeys(bare))[:each])
        (target / file.name).write_text(yaml.safe_dump(data, allow_unicode=True), "utf-8")
    return target


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=50, help="sentences of each intent")
    each = parser.parse_args().each
    sentences = held_out()
    right = [intent for _, intent in sentences]
    texts: list[str] = []
    for share in NOISE:
        dice = random.Random(11)
        texts += [noisy(text, share, dice) for text, _ in sentences]
    print(f"{platform.machine()}, {os.cpu_count()} cores; {each} sentences of each intent\n")
    print("| pipeline | noise | accuracy | macro-F1 | human R / P | fraud R / P |")
    print("|---|---|---|---|---|---|")
    costs = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        libraries = folder / "libraries"
        uv = [str(ROOT / ".tools/bin/uv")] if (ROOT / ".tools/bin/uv").exists() else ["uv"]
        command = [*uv, "pip", "install", "--quiet", "--target", str(libraries), JIEBA]
        subprocess.run([*command, "--python", load(secrets=False).rasa.python], check=True)
        default = folder / "default.yml"
        default.write_text(yaml.safe_dump(DEFAULT), "utf-8")
        bare = ["".join(text.split()) for text in texts]
        data = examples(folder, each)
        for side, config in (("ours", ROOT / "config.yml"), ("Jieba + DIET", default)):
            result = run(config, data, bare, libraries)
            for place, share in enumerate(NOISE):
                found = result["intents"][place * len(right) : (place + 1) * len(right)]
                print(f"| {side} | {share:.0%} | {scores(right, found)} |", flush=True)
            costs.append(
                f"| {side} | {result['seconds']:.0f} | {result['cpu_seconds']:.0f} | "
                f"{result['megabytes']:.0f} | {result['milliseconds']:.1f} |"
            )
    print("\n| pipeline | training s | CPU s | memory MB | one sentence, p50 ms |")
    print("|---|---|---|---|---|")
    print("\n".join(costs))


if __name__ == "__main__":
    main()
