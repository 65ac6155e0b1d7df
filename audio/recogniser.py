"""One recogniser: an utterance at a time becomes a transcript. It works; use a thread."""

from __future__ import annotations

from audio import Transcript
from audio.readings import ALTERNATIVES, UNKNOWN, Reading, partial, readings, transcript
from audio.speech_model import SpeechModel

_FREE = "[]"
"""Vosk's word for no grammar."""
_AT_ONCE_S = 0.5
"""What is heard again is given in pieces of it."""


class Recogniser:
    """Kept for the next call when one ends, since a model's decoder is slow to make."""

    def __init__(self, model: SpeechModel, rate: int) -> None:
        self.rate = rate
        self._vosk = model.recogniser(rate)
        self._vosk.SetMaxAlternatives(ALTERNATIVES)
        self._grammar: str | None = None
        self._pieces: list[list[Reading]] = []
        self._samples = bytearray()
        self._number = False

    def begin(self, grammar: str | None = None, *, number: bool = False) -> None:
        """An utterance begins. `grammar`: from SpeechModel.grammar; `number`: see numerals."""
        self._vosk.FinalResult()
        self._narrow(grammar)
        self._number = number
        self._pieces, self._samples = [], bytearray()

    def hear(self, samples: bytes) -> str:
        """The words of the utterance so far."""
        if self._grammar:
            self._samples += samples
        self._take(samples)
        return self._plain(partial(self._vosk.PartialResult()))

    def finish(self) -> Transcript:
        """The utterance has ended.

        What a grammar has no words for is heard once more, without it: nothing said is lost, at the
        price of recognising it twice.
        """
        self._pieces.append(readings(self._vosk.FinalResult()))
        if any(UNKNOWN in piece[0].text for piece in self._pieces if piece):
            self._hear_again()
        return transcript(self._pieces, number=self._number)

    def _take(self, samples: bytes) -> None:
        if self._vosk.AcceptWaveform(samples):
            self._pieces.append(readings(self._vosk.Result()))

    def _hear_again(self) -> None:
        samples, step = bytes(self._samples), round(_AT_ONCE_S * self.rate) * 2
        self.begin(number=self._number)
        for at in range(0, len(samples), step):
            self._take(samples[at : at + step])
        self._pieces.append(readings(self._vosk.FinalResult()))

    def _narrow(self, grammar: str | None) -> None:
        """Between utterances only: Vosk throws where a recogniser is at work."""
        if grammar != self._grammar:
            self._vosk.SetGrammar(grammar or _FREE)
            self._grammar = grammar

    def _plain(self, newest: str) -> str:
        before = "".join(piece[0].text for piece in self._pieces if piece)
        return before + newest
