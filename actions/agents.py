"""The human agents: accounts with Argon2 passwords, and their sessions at the desk."""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import Connection, Row, select

from actions import journal
from actions.database import Database
from actions.errors import NotAllowed
from actions.roles import Role
from actions.tables import agents, phones, sessions

MIN_PASSWORD = 10
MAX_FAILURES = 5
LOCK = dt.timedelta(minutes=5)
_EMAIL = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*", re.ASCII)
_CHAT = re.compile(r"-?\d{1,20}", re.ASCII)
SESSION = dt.timedelta(hours=12)
"""A working day; then the agent signs in again."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A person at the desk."""

    id: int
    login: str
    name: str
    """What customers see."""
    roles: frozenset[Role] = frozenset({Role.AGENT})
    email: str | None = None
    """Where reminders go."""
    superior: int | None = None
    """The account that is reminded beside this one."""
    team: str | None = None
    """To whom conversations can be transferred together, for example 信用卡."""
    telegram: str | None = None
    """The chat where Telegram's reminders go, a number."""


class Agents:
    """Accounts and sessions. Passwords are checked in a thread, outside any transaction."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._hasher = hasher or PasswordHasher()

    @functools.cached_property
    def _decoy(self) -> str:
        """Checked where there is no such account, so that the answer takes as long."""
        return self._hasher.hash(secrets.token_urlsafe(16))

    async def add(
        self,
        login: str,
        name: str,
        password: str,
        now: dt.datetime,
        *,
        roles: Iterable[Role] = (Role.AGENT,),
        email: str | None = None,
        superior: str | None = None,
        team: str | None = None,
        telegram: str | None = None,
    ) -> None:
        """Make an account, or give the present one these values; its sessions and telephone end.

        `superior` is a login. Raises NotAllowed for an unfit login, a password under 10
        characters, an unknown superior, and an e-mail address or chat that cannot be one.
        """
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{1,39}", login):
            raise NotAllowed("bad_login", "账号用 2 到 40 个小写字母、数字、点或横线。")
        if len(password) < MIN_PASSWORD:
            raise NotAllowed("weak_password", f"密码至少 {MIN_PASSWORD} 个字符。")
        if email and (len(email) > 120 or not _EMAIL.fullmatch(email)):
            raise NotAllowed("bad_email", f"{email} 不像邮箱地址，例如 wang@bank.example。")
        if telegram and not _CHAT.fullmatch(telegram):
            raise NotAllowed("bad_telegram", f"{telegram} 不像 Telegram 会话编号，编号是一串数字。")
        values: dict[str, Any] = {
            "name": name,
            "password": await asyncio.to_thread(self._hasher.hash, password),
            "failures": 0,
            "locked_until": None,
            "roles": ",".join(sorted(roles)),
            "email": email,
            "team": team or None,
            "telegram": telegram,
        }

        def store(tx: Connection) -> None:
            values["superior"] = _row_of(tx, superior) if superior else None
            update = agents.update().where(agents.c.login == login).values(values)
            known = tx.scalar(update.returning(agents.c.id))
            if known is None:
                tx.execute(agents.insert().values(login=login, **values))
            else:
                tx.execute(sessions.delete().where(sessions.c.agent == known))
                tx.execute(phones.delete().where(phones.c.agent == known))
            journal.record(tx, now, "operator", "agent.add", f"agent:{login}")

        await self._database.write(store)

    async def sign_in(self, login: str, password: str, now: dt.datetime) -> tuple[Agent, str]:
        """The agent and the token of a new session.

        Raises NotAllowed: wrong_password (the same for an unknown login), or locked for 5 minutes
        after 5 failures in a row.
        """
        query = select(agents).where(agents.c.login == login)
        row = await self._database.read(lambda tx: tx.execute(query).first())
        if row and row.locked_until and row.locked_until > now:
            raise NotAllowed("locked", "密码错了太多次，请 5 分钟后再试。")
        hashed = row.password if row else ""
        fits = await asyncio.to_thread(self._fits, hashed, password)
        if not (row and fits):
            if row:
                await self._count_failure(row.id, now)
            raise NotAllowed("wrong_password", "账号或密码不对，请重新输入。")
        agent, token = of_row(row), secrets.token_urlsafe(32)

        def open_session(tx: Connection) -> None:
            tx.execute(sessions.delete().where(sessions.c.expires <= now))
            tx.execute(
                sessions.insert().values(
                    token=_digest(token), agent=agent.id, expires=now + SESSION
                )
            )
            tx.execute(
                agents.update().where(agents.c.id == agent.id).values(failures=0, locked_until=None)
            )
            journal.record(tx, now, f"agent:{agent.id}", "agent.sign_in", "desk")

        await self._database.write(open_session)
        return agent, token

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed or self._decoy, password)
        except (VerifyMismatchError, InvalidHashError):
            return False

    async def _count_failure(self, agent: int, now: dt.datetime) -> None:
        def count(tx: Connection) -> None:
            one = agents.update().where(agents.c.id == agent)
            more = one.values(failures=agents.c.failures + 1).returning(agents.c.failures)
            if tx.execute(more).scalar_one() >= MAX_FAILURES:
                tx.execute(one.values(failures=0, locked_until=now + LOCK))
            journal.record(tx, now, f"agent:{agent}", "agent.sign_in_failed", "desk")

        await self._database.write(count)

    async def by_session(self, token: str, now: dt.datetime) -> Agent | None:
        """Whose session `token` is; None when it has ended."""
        query = (
            select(agents)
            .join_from(sessions, agents)
            .where(sessions.c.token == _digest(token), sessions.c.expires > now)
        )
        row = await self._database.read(lambda tx: tx.execute(query).first())
        return of_row(row) if row else None

    async def sign_out(self, token: str) -> None:
        """End the session `token`."""
        ended = sessions.delete().where(sessions.c.token == _digest(token))
        await self._database.write(lambda tx: tx.execute(ended))


def everyone(tx: Connection) -> list[Agent]:
    """Every account, by login."""
    return [of_row(row) for row in tx.execute(select(agents).order_by(agents.c.login))]


def of_row(row: Row[Any]) -> Agent:
    """The account in a row of the table agents."""
    roles = frozenset(map(Role, row.roles.split(",")))
    return Agent(
        row.id, row.login, row.name, roles, row.email, row.superior, row.team, row.telegram
    )


def _row_of(tx: Connection, login: str) -> int:
    row = tx.scalar(select(agents.c.id).where(agents.c.login == login))
    if row is None:
        raise NotAllowed("no_superior", f"没有 {login} 这个账号，请先添加上级的账号。")
    return int(row)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
