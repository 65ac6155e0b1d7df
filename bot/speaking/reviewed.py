"""Every text that is given to a voice ahead of time: reviewed, and without customers' data."""

from __future__ import annotations

import datetime as dt
import inspect
import itertools
from collections.abc import Iterable, Iterator, Mapping

from actions.complaints import Complaint, Draft, State, Step
from actions.questions import INTAKES
from actions.queueing import QueuePlace
from audio.phrasing import NUMBERS, fixed_words, sentences
from audio.reading import readable
from bot.phrases import Phrases, quiz_options
from bot.phrases.delivery import DeliveryWords
from bot.turn import Reply
from knowledge.article import Article


def reviewed(phrases: Phrases, articles: Iterable[Article]) -> list[str]:
    """Sentences and fixed words as they are recorded, what is needed most first."""
    fixed = [one for text in _fixed(phrases) for one in sentences(readable(text))]
    around = [one for text in _with_numbers(phrases) for one in fixed_words(readable(text))]
    quoted = [one for text in _articles(phrases, articles) for one in sentences(readable(text))]
    sorry = sentences(readable(phrases.no_voice()))
    return list(dict.fromkeys([*sorry, *NUMBERS, *fixed, *around, *quoted]))


def _fixed(phrases: Phrases) -> Iterator[str]:
    """What the phrases say that needs to be told nothing, or only yes or no."""
    for name, _ in inspect.getmembers(Phrases, inspect.isfunction):
        if name.startswith("_") or hasattr(DeliveryWords, name):
            continue
        method = getattr(phrases, name)
        needed = inspect.signature(method).parameters
        if any(one.annotation not in ("bool", bool) for one in needed.values()):
            continue
        for choice in itertools.product((False, True), repeat=len(needed)):
            yield from _spoken(method(**dict(zip(needed, choice, strict=True))))
    for plan in INTAKES.values():
        yield plan.opening
        yield plan.cancelled
        for question in plan.questions:
            yield question.ask


def _spoken(said: object) -> Iterator[str]:
    match said:
        case str():
            yield said
        case Reply():
            yield said.spoken or said.text
        case Mapping():
            for reply in said.values():
                yield from _spoken(reply)
        case (str(), *_):
            yield from map(str, said)


def _with_numbers(phrases: Phrases) -> Iterator[str]:
    """Replies that hold a number or a day, with made-up ones: only the words around are used."""
    now = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
    draft = Draft("", "", "", "", "")
    one = Complaint("111111111111", State.RECEIVED, now, now.date(), now.date(), draft)
    places = [
        QueuePlace(position, 600, "11111111", on_duty, promised)
        for position in (1, 2)
        for on_duty in (0, 1)
        for promised in (None, now)
    ]
    replies = [
        phrases.complaint_received(one, (), 0, 0),
        *(
            phrases.step_taken(step, one, 0, 0)
            for step in (Step.WITHDRAW, Step.SUPPLEMENT, Step.DISPUTE)
        ),
        *(phrases.request_received(kind, "11111111") for kind in ("visit", "suggestion")),
        phrases.link_code("11111111"),
        *(phrases.queued(place) for place in places),
        *(phrases.noted(place) for place in places),
    ]
    for reply in replies:
        yield from _spoken(reply)
    yield from (phrases.long_wait(place) for place in places if place.promised)


def _articles(phrases: Phrases, articles: Iterable[Article]) -> Iterator[str]:
    """Articles as they are quoted, asked about in 消保小课堂, and told in 消保之声."""
    for article in articles:
        yield article.spoken
        yield phrases.quiz(article, elder=False).text
        for letter in quiz_options(article, elder=False):
            yield phrases.quiz_result(article, letter).text
        for part in phrases.episode(article):
            yield part.text
