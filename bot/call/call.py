"""One call, from the greeting to the goodbye or to a human."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum

from audio import AudioError, Ear, Expecting, Partial, Sensed, SpeechBegan, Utterance
from bot.call.aloud import aloud, choices
from bot.call.answering import Answering, replies
from bot.call.chosen import Wish, chosen, line_wish, only_listens
from bot.call.line import Key, Line
from bot.call.mouth import Mouth
from bot.call.note import Reason
from bot.call.waiting import Patience, Waiting
from bot.phrases import Phrases
from bot.switchboard import CALLED, UNANSWERED
from bot.turn import Heard, Mode, Reply, Route
from bot.wish import wants_human

logger = logging.getLogger(__name__)

_TRANSFER_S = 1.0
"""A wish for a human waits no longer than this for the database."""
_UNCLEAR_S = 1.0
"""Speech so long that gave no words was meant for us."""


class _Line(Enum):
    SPOKEN = "spoken"
    """Everything that was to be said has been heard."""
    OVER = "over"
    DEAF = "deaf"
    """The caller cannot be heard any more."""


Event = Sensed | Key | _Line


class Call:
    """Lives as long as the bot's leg."""

    def __init__(
        self,
        line: Line,
        ear: Ear,
        make_mouth: Callable[[Callable[[], None], Callable[[], None]], Mouth],
        answering: Answering,
        phrases: Phrases,
        heard: Callable[[bytes], None],
        patience: Patience,
    ) -> None:
        """`make_mouth`: given what to call at the first sound, and at the end, of what is said.

        `heard`: gets the caller's samples.
        """
        self._events: asyncio.Queue[Event] = asyncio.Queue()
        self._line = line
        self._ear = ear
        self._mouth = make_mouth(answering.begins_to_be_heard, self._spoken)
        self._answering = answering
        self._phrases = phrases
        self._heard = heard
        self._waiting = Waiting(patience)
        self._last = Reply("")
        self._said: list[str] = []
        """The sentences of the last answer."""
        self._was_unclear = False

    async def run(self, *, returned: bool) -> str:
        """How the bot's leg ended: `bye`, `human` or `hung_up`.

        `returned`: the call comes back from the exchange's queue, where nobody took it.
        """
        listening = asyncio.create_task(self._listen())
        try:
            ended = await (self._promise() if returned else self._greet())
            while not ended:
                ended = await self._on(await self._event())
            return ended
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
            await self._mouth.stop()

    def _spoken(self) -> None:
        self._events.put_nowait(_Line.SPOKEN)

    async def _listen(self) -> None:
        try:
            async for item in self._line.incoming():
                if isinstance(item, Key):
                    self._events.put_nowait(item)
                    continue
                self._heard(item)
                for sensed in await self._ear.hear(item):
                    self._events.put_nowait(sensed)
        except AudioError:
            logger.exception("a call cannot be heard any more")
            self._events.put_nowait(_Line.DEAF)
        finally:
            self._events.put_nowait(_Line.OVER)

    async def _greet(self) -> str | None:
        """At once, while the conversation is still being looked up."""
        self._answering.leave_note(Reason.KEY)
        self._last = self._phrases.call_greeting()
        self._say([self._last])
        heard = await self._hear(payload=CALLED)
        if heard is None:
            return None
        if heard.mode is not Mode.BOT:  # on a page, somebody else is speaking with them already
            return await self._hand_over(replies(heard), Reason.HUMAN)
        for reply in replies(heard)[1:]:  # an intake of the last call goes on
            self._mouth.add(aloud(reply))
            self._asked(reply)
        return None

    async def _promise(self) -> str:
        """A call back, and goodbye; but a human where one is asked for all the same."""
        heard = await self._hear(payload=UNANSWERED)
        if heard is None:
            return await self._hand_over([self._phrases.out_of_order()], Reason.BROKEN)
        said = replies(heard)
        self._say(said)
        asks = bool(said) and not said[-1].ends
        if asks:
            self._ear.expect(Expecting.NUMBER, patient=True)
        words = await self._next_words({None, _Line.OVER} if asks else {_Line.SPOKEN, _Line.OVER})
        if any(map(wants_human, words)):
            return await self._hand_over([self._phrases.connecting()], Reason.HUMAN)
        if asks and words:
            await self._hear(words[0])
            self._say([self._phrases.number_kept()])
        return await self._say_goodbye()

    async def _next_words(self, until: AbstractSet[Event | None]) -> tuple[str, ...]:
        """What is said next, as it can be read; nothing where one of `until` comes before."""
        while (event := await self._event()) not in until:
            if isinstance(event, Utterance) and event.transcript.text:
                return (event.transcript.text, *event.transcript.others)
        return ()

    async def _event(self) -> Event | None:
        """What happens next; None when it has been quiet for too long."""
        try:
            left_s = self._waiting.left_s(
                self._time(),
                speaking=self._mouth.speaking,
                interrupted=self._mouth.interrupted,
                elder=self._answering.elder,
            )
            async with asyncio.timeout(left_s):
                event = await self._events.get()
        except TimeoutError:
            return None
        if event is _Line.SPOKEN and not self._mouth.speaking:
            self._waiting.heard_out(self._time())
        elif isinstance(event, SpeechBegan | Utterance):
            self._waiting.speech(goes_on=isinstance(event, SpeechBegan))
        return event

    async def _on(self, event: Event | None) -> str | None:
        """Do what `event` asks for: how the call has ended, None where it goes on."""
        match event:
            case _Line.OVER:
                return "hung_up"
            case _Line.DEAF:
                return await self._hand_over([self._phrases.out_of_order()], Reason.BROKEN)
            case _Line.SPOKEN if self._last.ends and not self._mouth.speaking:
                return await self._say_goodbye()
            case Key(digit):
                return await self._key(digit)
            case SpeechBegan() if self._mouth.speaking:
                await self._mouth.pause()
                self._waiting.interrupted(self._time())
            case Partial(text) if text:
                self._waiting.interrupted(self._time())
            case Utterance():
                return await self._utterance(event)
            case None if self._mouth.interrupted:
                self._mouth.resume()
            case None:
                return await self._turn(payload="/silence")
        return None

    async def _key(self, digit: str) -> str | None:
        """0 a human (where the exchange has not seen to that), * again, # no more of this."""
        await self._mouth.stop()
        self._waiting.heard_out(self._time())
        match digit:
            case "0":
                return await self._turn(payload="/human")
            case "*":
                return await self._turn(payload="/repeat")
            case "#":
                return None
        offered, place = choices(self._last), int(digit)
        if not 1 <= place <= len(offered):
            self._mouth.begin(aloud(self._phrases.no_such_key()))
            return None
        return await self._turn(payload=offered[place - 1].payload)

    async def _utterance(self, utterance: Utterance) -> str | None:
        transcript = utterance.transcript
        is_asked = self._last.awaits is Expecting.CHOICE
        if self._mouth.interrupted and only_listens(transcript.text, is_asked=is_asked):
            self._mouth.resume()
            return None
        await self._mouth.stop()
        self._answering.spoken(utterance)
        if not transcript.text:
            self._not_clear(utterance.ended - utterance.began)
            return None
        self._was_unclear = False
        readings = (transcript.text, *transcript.others)
        if not any(map(wants_human, readings)):
            if wish := line_wish(transcript.text):
                return await self._sound(wish)
            if picked := chosen(choices(self._last), readings):
                return await self._turn(payload=picked.payload)
        return await self._turn(transcript.text, heard_as=transcript.others)

    def _not_clear(self, seconds: float) -> None:
        """Speech that gave no words is asked about once; a noise that goes on is silence."""
        if self._was_unclear or seconds < _UNCLEAR_S:
            return
        self._was_unclear = True
        self._mouth.begin(aloud(self._phrases.not_clear()))

    async def _sound(self, wish: Wish) -> str | None:
        """Sound as the caller wishes, and say the last thing again that way."""
        says, again = self._phrases, self._said
        if wish is Wish.SLOWER:  # sticky, and more than this call's
            ended = await self._turn(payload="/elder_on")
            self._mouth.add(again)
            return ended
        replies = {Wish.LOUDER: says.louder, Wish.SOFTER: says.softer, Wish.FASTER: says.faster}
        reply = replies[wish]()
        if wish is Wish.FASTER:
            self._mouth.slow = False
        elif wish is Wish.SOFTER:
            self._mouth.softer()
        elif not self._mouth.louder():
            reply, again = says.loudest(), []
        self._mouth.begin([*aloud(reply), *again])
        return None

    async def _turn(
        self, text: str = "", payload: str = "", heard_as: tuple[str, ...] = ()
    ) -> str | None:
        """One turn and its answer."""
        self._waiting.asked()
        asks_human = payload == "/human" or any(map(wants_human, (text, *heard_as)))
        if asks_human:
            # Nothing that is broken may stand between: the exchange has the queue.
            self._answering.leave_note(Reason.HUMAN)
        within_s = _TRANSFER_S if asks_human else None
        heard = await self._hear(text, payload, heard_as, within_s)
        if heard is None and asks_human:
            return await self._hand_over([self._phrases.connecting()], Reason.HUMAN)
        if heard is None:
            return await self._hand_over([self._phrases.out_of_order()], Reason.BROKEN)
        said = replies(heard)
        if heard.mode is not Mode.BOT:
            return await self._hand_over(said, _reason(heard, payload))
        self._answering.leave_note(Reason.KEY)
        self._say(said)
        if said:
            self._asked(said[-1])
        return None

    async def _hear(
        self,
        text: str = "",
        payload: str = "",
        heard_as: tuple[str, ...] = (),
        within_s: float | None = None,
    ) -> Heard | None:
        """See Answering.hear; whoever turns out to be an elder is spoken to slowly."""
        heard = await self._answering.hear(text, payload, heard_as, within_s)
        if heard:
            self._mouth.slow = heard.elder
        return heard

    def _say(self, said: Sequence[Reply]) -> None:
        self._said = [sentence for reply in said for sentence in aloud(reply)]
        self._mouth.begin(self._said)

    def _asked(self, reply: Reply) -> None:
        """It is what the caller answers next."""
        self._last = reply
        titles = tuple(button.title for button in choices(reply))
        self._ear.expect(reply.awaits, titles, patient=self._answering.elder)

    async def _hand_over(self, said: Sequence[Reply], reason: Reason) -> str:
        """To a human: what is said is heard to its end, then the leg ends."""
        self._answering.leave_note(reason)
        await self._mouth.stop()
        self._say(said)
        await self._mouth.finish()
        await self._line.end()
        return "human"

    async def _say_goodbye(self) -> str:
        await self._mouth.finish()
        self._answering.leave_goodbye()
        await self._line.end()
        return "bye"

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()


def _reason(heard: Heard, payload: str) -> Reason:
    if heard.route is Route.FRAUD:
        return Reason.FRAUD
    return Reason.SILENCE if payload == "/silence" else Reason.HUMAN
