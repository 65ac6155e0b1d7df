"""Asterisk's manager interface, as far as the watchdog speaks to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.lines.watchdog.ami import Access, Channel

USER, SECRET = "xiaobao", "s3cret"


class Manager:
    """It has channels, and notes who was redirected where."""

    def __init__(self) -> None:
        self.channels: list[Channel] = []
        self.redirects: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()
        self.banner = b"Asterisk Call Manager/7.0.3\r\n"
        self.silent = False
        self.lost: set[str] = set()
        """Channels that have hung up in this moment."""
        self.access = Access("127.0.0.1", 0, USER, SECRET)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.banner)
        allowed = False
        try:
            while not self.silent:
                asked = {}
                while line := (await reader.readuntil(b"\r\n")).decode().strip():
                    name, _, value = line.partition(": ")
                    asked[name] = value
                if asked["Action"] == "Login":
                    allowed = (asked["Username"], asked["Secret"]) == (USER, SECRET)
                self._answer(writer, asked, allowed=allowed)
            await reader.read()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    def _answer(
        self, writer: asyncio.StreamWriter, asked: dict[str, str], *, allowed: bool
    ) -> None:
        def say(**fields: str) -> None:
            fields["ActionID"] = asked["ActionID"]
            lines = [f"{name}: {value}\r\n" for name, value in fields.items()]
            writer.write(("".join(lines) + "\r\n").encode())

        writer.write(b"Event: FullyBooted\r\nPrivilege: system,all\r\n\r\n")
        if not allowed:
            say(Response="Error", Message="Authentication failed")
        elif asked["Action"] == "CoreShowChannels":
            say(Response="Success", EventList="start", Message="Channels will follow")
            for one in self.channels:
                say(
                    Event="CoreShowChannel",
                    Channel=one.name,
                    Application=one.application,
                    ApplicationData=one.data,
                    CallerIDNum=one.number or "<unknown>",
                )
            say(Event="CoreShowChannelsComplete", EventList="Complete")
        elif asked["Action"] == "Redirect":
            if asked["Channel"] in self.lost:
                say(Response="Error", Message="Channel does not exist")
            else:
                say(Response="Success", Message="Redirect successful")
                self.channels = [one for one in self.channels if one.name != asked["Channel"]]
            self.redirects.put_nowait((asked["Channel"], asked["Context"], asked["Exten"]))
        else:
            say(Response="Success", Message="Authentication accepted")


@asynccontextmanager
async def asterisk() -> AsyncIterator[Manager]:
    manager = Manager()
    server = await asyncio.start_server(manager.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    manager.access = Access("127.0.0.1", port, USER, SECRET)
    try:
        yield manager
    finally:
        server.close()
