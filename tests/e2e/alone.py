"""A gateway by rules alone, to be killed: `alone.py <folder> <port> <late s> <key> <channels>`.

`channels`: sections of the settings, as JSON.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import signal
import sys
from pathlib import Path

from aiohttp import web
from pydantic import SecretStr

from bot import app as composition
from bot.application import application
from bot.settings import Http, Rasa, Security, Settings
from bot.speaking_settings import Speaking


async def main(folder: str, port: str, late_s: str, key: str, channels: str) -> None:
    settings = Settings(
        **json.loads(channels),
        data_dir=Path(folder),
        http=Http(port=int(port), rate_limit=0),
        rasa=Rasa(managed=False),
        speaking=Speaking(background=False),
        security=Security(key=(SecretStr(key),)),
    )
    # Each process lives later than the one before, so that the leases of the dead have run out.
    late = dt.timedelta(seconds=float(late_s))
    gateway = composition.assemble(settings, clock=lambda: dt.datetime.now(dt.UTC) + late)
    runner = web.AppRunner(application(gateway), shutdown_timeout=2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(port)).start()
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
