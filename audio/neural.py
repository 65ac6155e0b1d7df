"""A neural voice on this machine: a VITS model that sherpa-onnx runs, where both are installed.

Neither is among the requirements: the package takes 42 MB, and a voice is chosen and fetched by the
bank (docs/operations.md). Without them the other voices speak.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np

from audio import NotSpoken, Sound
from audio.engine import NORMAL

_LOWER = 0.96
"""By which an elder's voice is lower: it is played so much slower than it was made."""
_FILES = ("model.onnx", "tokens.txt", "lexicon.txt")


def problems(folder: Path | None) -> list[str]:
    """What keeps the voice in `folder` from speaking, in words for the operator."""
    if folder is None:
        return ["speaking.local_model 要写明本地语音模型的文件夹"]
    found = [
        f"本地语音模型的文件夹 {folder} 里没有 {name}"
        for name in _FILES
        if not (folder / name).is_file()
    ]
    if importlib.util.find_spec("sherpa_onnx") is None:
        found.append("没有安装 sherpa-onnx，请运行 uv pip install sherpa-onnx")
    return found


class Neural:
    """One sentence at a time; further ones wait."""

    name = "local"

    def __init__(self, folder: Path, threads: int = 1) -> None:
        """`folder`: model.onnx, tokens.txt, lexicon.txt, and rules for texts (*.fst) if any."""
        self.voice = folder.name
        self._folder = folder.resolve()
        self._threads = threads
        self._model: Any = None
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Read the model, which takes seconds; until then `say` refuses. Raises NotSpoken."""
        if wrong := problems(self._folder):
            raise NotSpoken("；".join(wrong))
        await _try(self._folder)
        self._model = await asyncio.to_thread(_read, self._folder, self._threads)

    async def say(self, text: str, pace: float = NORMAL) -> Sound:
        """See Engine."""
        if self._model is None:
            raise NotSpoken("the local voice is not loaded")
        async with self._turn:
            return await asyncio.to_thread(self._say, text, pace)

    def _say(self, text: str, pace: float) -> Sound:
        lower = NORMAL if pace >= NORMAL else _LOWER
        try:
            said = self._model.generate(text, sid=0, speed=pace / lower)
        except RuntimeError as error:
            raise NotSpoken(f"the local voice failed: {error}") from error
        samples = np.asarray(said.samples, np.float32)
        if not samples.size:
            raise NotSpoken("the local voice gave no sound")
        whole = (np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes()
        return Sound(whole, round(said.sample_rate * lower))


async def _try(folder: Path) -> None:
    """Load the model in a process of its own: some faults of a model end the whole process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", __spec__.name, str(folder)),
        cwd=Path(__file__).parent.parent,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await process.communicate()
    if process.returncode:
        last = told.decode(errors="replace").strip().splitlines()[-1:]
        raise NotSpoken(f"the model in {folder} cannot be loaded: {''.join(last)}")


def _read(folder: Path, threads: int) -> Any:
    import sherpa_onnx as sherpa  # noqa: PLC0415 - only where a bank has installed it

    model, tokens, lexicon = (str(folder / name) for name in _FILES)
    config = sherpa.OfflineTtsConfig(
        model=sherpa.OfflineTtsModelConfig(
            vits=sherpa.OfflineTtsVitsModelConfig(model=model, lexicon=lexicon, tokens=tokens),
            num_threads=threads,
        ),
        rule_fsts=",".join(str(path) for path in sorted(folder.glob("*.fst"))),
    )
    return sherpa.OfflineTts(config)


if __name__ == "__main__":
    _read(Path(sys.argv[1]), 1).generate("您好。")
