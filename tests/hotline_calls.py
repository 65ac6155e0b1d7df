"""Calls that have been, for the tests of the desk: through the real recorder, with sound."""

from __future__ import annotations

import uuid

from call_sound import frames, silence, tone
from conftest import Clock
from sqlalchemy import select

from actions.tables import calls
from bot.app import Gateway
from bot.call.times import TurnTimes
from bot.turn import Address, Heard, Turn

CALLER = "13812345678"
TURNS = (
    TurnTimes(0.55, 0.04, 0.004, 0.03, 0.08),
    TurnTimes(0.8, 0.06, 0.005, 0.045, 0.12),
    TurnTimes(None, None, None, 0.02, 0.09),
)


class Hotline:
    """Whoever calls is heard, answered and recorded."""

    def __init__(self, gateway: Gateway, clock: Clock) -> None:
        self.gateway, self.clock = gateway, clock

    async def say(self, user: str, text: str = "", payload: str = "") -> Heard:
        address = Address("hotline", user)
        turn = Turn(address, str(uuid.uuid4()), self.clock(), text=text, payload=payload)
        return await self.gateway.switchboard.hear(turn)

    async def call(
        self,
        *words: str,
        user: str = CALLER,
        ended: str = "bye",
        turns: tuple[TurnTimes, ...] = TURNS,
    ) -> int:
        """A call of six seconds of sound in which these things were said; its row."""
        recorder = self.gateway.telephony.recording.recorder
        number = str(uuid.uuid4())
        record = await recorder.begin(number, user, Address("hotline", user), 8_000, self.clock())
        for heard, said in ((silence(2), tone(1, 440)), (tone(2, 300), b""), (silence(2), b"")):
            ours = iter(frames(said))
            for frame in frames(heard):
                record.said(next(ours, b""))
                record.heard(frame)
        for word in words:
            self.clock.forward(seconds=1)
            await self.say(user, word)
        for times in turns:
            record.turn(times)
        self.clock.forward(seconds=2)
        await record.close(ended)
        return await self.row(number)

    async def row(self, number: str) -> int:
        query = select(calls.c.id).where(calls.c.uuid == number)
        return int(await self.gateway.database.read(lambda tx: tx.execute(query).scalar_one()))
