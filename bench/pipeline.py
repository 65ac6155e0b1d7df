"""One pipeline, trained and asked in a process of its own: Rasa's interpreter. See bench/diet.py.

Reads {"texts": [...]} from standard input; prints {"seconds", "cpu_seconds", "megabytes",
"intents", "milliseconds"} (the last: the median of one sentence).
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nlu_data.surroundings import prepare, settle  # noqa: E402  # the path stands above


def main() -> None:
    config, data = sys.argv[1:]
    texts = json.load(sys.stdin)["texts"]
    said, sys.stdout = sys.stdout, sys.stderr
    prepare()
    import asyncio

    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    settle()
    began, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        model = train_nlu(config, data, folder)
        seconds, cpu_seconds = time.monotonic() - began, time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        agent = Agent.load(str(model))
        intents, times = [], []
        for text in texts:
            began = time.perf_counter()
            parsed = asyncio.run(agent.parse_message(text))
            times.append((time.perf_counter() - began) * 1e3)
            intents.append(parsed["intent"]["name"])
    result = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "megabytes": peak,
        "intents": intents,
        "milliseconds": statistics.median(times),
    }
    print(json.dumps(result), file=said)


if __name__ == "__main__":
    main()
