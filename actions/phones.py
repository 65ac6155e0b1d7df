"""Agents on their telephone: whose a Telegram account is, and whether it stands for an open desk.

An account is linked by a code that the operator gives to the agent: used once, within minutes.
"""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import Connection, or_, select

from actions import agents as accounts
from actions import journal, presence
from actions.agents import Agent
from actions.digest_key import DigestKey
from actions.errors import NotAllowed
from actions.privacy import Cipher
from actions.tables import agents, phone_codes, phones

VALID = dt.timedelta(minutes=10)
DUTY = accounts.SESSION
"""So long an agent counts as being there after the last thing they did."""
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""None that is taken for another."""
_LENGTH = 12
"""Sixty bits: nobody guesses one in ten minutes."""


class Phones:
    """Each step within the caller's transaction."""

    def __init__(self, cipher: Cipher) -> None:
        self._key = DigestKey(cipher)

    def offer(self, tx: Connection, login: str, now: dt.datetime) -> str:
        """A code for the account `login`; older ones end. Raises NotAllowed: not_found."""
        agent = tx.scalar(select(agents.c.id).where(agents.c.login == login))
        if agent is None:
            raise NotAllowed("not_found", f"没有 {login} 这个账号，请先用 bot agent 添加。")
        ended = or_(phone_codes.c.agent == agent, phone_codes.c.expires <= now)
        tx.execute(phone_codes.delete().where(ended))
        code = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
        values = {"digest": self._digest(tx, code), "agent": agent, "expires": now + VALID}
        tx.execute(phone_codes.insert().values(values))
        journal.record(tx, now, "operator", "phone.offer", f"agent:{login}")
        return code

    def link(self, tx: Connection, user: int, code: str, now: dt.datetime) -> Agent | None:
        """The account whose code it is, linked with the Telegram account `user` alone.

        None for a code that is wrong, used by another, or too old; who says the code again by
        which they are linked is linked.
        """
        digest = self._digest(tx, code)
        used = (
            phone_codes.delete()
            .where(phone_codes.c.digest == digest, phone_codes.c.expires > now)
            .returning(phone_codes.c.agent)
        )
        agent = tx.scalar(used)
        if agent is None:
            linked = select(phones.c.agent).where(phones.c.user == user, phones.c.code == digest)
            return self.agent(tx, user) if tx.scalar(linked) else None
        tx.execute(phones.delete().where(or_(phones.c.user == user, phones.c.agent == agent)))
        tx.execute(phones.insert().values(user=user, agent=agent, linked=now, code=digest))
        journal.record(tx, now, f"agent:{agent}", "phone.link", "telegram")
        return self.agent(tx, user)

    def void(self, tx: Connection, code: str, now: dt.datetime) -> None:
        """Others have seen the code: nobody can use it any more."""
        seen = phone_codes.delete().where(phone_codes.c.digest == self._digest(tx, code))
        agent = tx.scalar(seen.returning(phone_codes.c.agent))
        if agent is not None:
            journal.record(tx, now, f"agent:{agent}", "phone.void", "telegram")

    def unlink(self, tx: Connection, user: int, now: dt.datetime) -> None:
        """This Telegram account is nobody's any more."""
        gone = phones.delete().where(phones.c.user == user).returning(phones.c.agent)
        agent = tx.scalar(gone)
        if agent is not None:
            journal.record(tx, now, f"agent:{agent}", "phone.unlink", "telegram")

    def agent(self, tx: Connection, user: int) -> Agent | None:
        """Whose Telegram account it is; None where it is linked with no account."""
        query = select(agents).join(phones, phones.c.agent == agents.c.id)
        row = tx.execute(query.where(phones.c.user == user)).first()
        return accounts.of_row(row) if row else None

    def begin(self, tx: Connection, agent: int, now: dt.datetime) -> None:
        """The agent is there, and stays for `DUTY`."""
        mine = phones.update().where(phones.c.agent == agent)
        tx.execute(mine.values(duty_until=now + DUTY))

    def end(self, tx: Connection, agent: int) -> None:
        """The agent is there no more."""
        tx.execute(phones.update().where(phones.c.agent == agent).values(duty_until=None))

    def on_duty(self, tx: Connection, now: dt.datetime) -> frozenset[int]:
        """The agents whose telephone stands for an open desk."""
        query = select(phones.c.agent).where(phones.c.duty_until > now)
        return frozenset(int(agent) for agent in tx.scalars(query))

    def beat(self, tx: Connection, now: dt.datetime) -> bool:
        """As their open desks would say: who is on duty is there. False where nobody is."""
        there = self.on_duty(tx, now)
        for agent in there:
            presence.beat(tx, agent, now)
        return bool(there)

    def _digest(self, tx: Connection, code: str) -> str:
        plain = "".join(letter for letter in code.upper() if letter in _LETTERS)
        return self._key.digest(tx, f"phone-code:{plain}").hex()
