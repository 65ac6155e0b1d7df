"""What everything that listens shares: one model, a few threads, and tools that are used again."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from audio import Deaf
from audio.recogniser import Recogniser
from audio.speech_model import NoModel, SpeechModel, flaw
from audio.trial import works
from audio.voice_activity import VoiceActivity

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tools:
    """What hears one sound, for one thread at a time."""

    activity: VoiceActivity
    recogniser: Recogniser


class Recognition:
    """Speech can be recognised from when `run` has read the model until `close`."""

    def __init__(self, folder: Path, threads: int, *, careful: bool = False) -> None:
        """`folder`: of the model. `threads`: about one for each core; more would only queue.

        `careful`: a broken model must not end this process, so it is tried in another one first.
        """
        self._folder = folder
        self._careful = careful
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="hearing")
        self._model: SpeechModel | None = None
        self._is_read = asyncio.Event()
        self._recognisers: dict[int, list[Recogniser]] = defaultdict(list)
        self._activities: list[VoiceActivity] = []

    @property
    def can_hear(self) -> bool:
        """Whether the model is read."""
        return self._model is not None

    async def run(self, ready_for: int = 0) -> None:
        """Read the model, then make tools for so many calls; whoever writes is served meanwhile.

        Without them, calls that come together would wait for theirs to be made.
        """
        try:
            self._model = await self.work(self._read)
        except NoModel as error:
            logger.error("speech is not recognised: %s", error)  # noqa: TRY400 - it says it all
            return
        finally:
            self._is_read.set()
        for _ in range(ready_for):
            self._activities.append(await self.work(VoiceActivity))

    def _read(self) -> SpeechModel:
        if self._careful and not works(self._folder):
            raise NoModel(flaw(self._folder) or f"{self._folder} 里的语音识别模型不能用")
        return SpeechModel(self._folder)

    async def close(self) -> None:
        """What the threads have begun is finished; then they end."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    async def ready(self) -> None:
        """Wait until the model is read. Raises Deaf where it cannot be."""
        await self._is_read.wait()
        self.model()

    def model(self) -> SpeechModel:
        """The one that was read. Raises Deaf."""
        if self._model is None:
            raise Deaf("there is no speech model")
        return self._model

    def work(self, work: Callable[[], T]) -> asyncio.Future[T]:
        """Do it in one of the threads, in its turn."""
        return asyncio.get_running_loop().run_in_executor(self._threads, work)

    def lend(self, rate: int) -> Tools:
        """Tools that nobody else has. New ones take a tenth of a second: use a thread."""
        activity = _taken(self._activities, VoiceActivity)
        activity.begin(rate)
        make = partial(Recogniser, self.model(), rate)
        return Tools(activity, _taken(self._recognisers[rate], make))

    def give_back(self, tools: Tools) -> None:
        """No thread uses them any more: they are for the next who listens."""
        self._activities.append(tools.activity)
        self._recognisers[tools.recogniser.rate].append(tools.recogniser)


def _taken(stock: list[T], make: Callable[[], T]) -> T:
    """The last of the stock, whichever threads take from it, or a new one."""
    try:
        return stock.pop()
    except IndexError:
        return make()
