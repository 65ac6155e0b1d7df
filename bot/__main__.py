"""`python -m bot`: serve, and the operator's other commands."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from actions.errors import XiaobaoError
from actions.privacy import new_key
from bot.errors import ConfigurationError
from bot.progress import say
from bot.settings import load

if TYPE_CHECKING:
    from bot import (
        accounts,
        bulk,
        commands,
        models,
        monthly,
        terminal,
        training,
        upkeep,
        voices,
    )
    from bot.lines import starting
else:

    def _later(name: str) -> ModuleType:
        """A module that is read when it is used: no command waits for what others need."""
        if name in sys.modules:
            return sys.modules[name]
        spec = importlib.util.find_spec(name)
        spec.loader = importlib.util.LazyLoader(spec.loader)
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    accounts = _later("bot.accounts")
    bulk = _later("bot.bulk")
    commands = _later("bot.commands")
    models = _later("bot.models")
    monthly = _later("bot.monthly")
    terminal = _later("bot.terminal")
    training = _later("bot.training")
    upkeep = _later("bot.upkeep")
    voices = _later("bot.voices")
    starting = _later("bot.lines.starting")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it worked."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    run: Callable[[argparse.Namespace], int | None] = options.run
    try:
        return run(options) or 0
    except ConfigurationError as error:
        for problem in error.problems:
            print(f"✗ {problem}", file=sys.stderr)
        return 2
    except XiaobaoError as error:
        print(f"✗ {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="消保小宝")
    parser.add_argument("-v", "--verbose", action="store_true", help="log requests too")
    commands_ = parser.add_subparsers(required=True, metavar="COMMAND")

    serve = commands_.add_parser("serve", help="run the gateway (and Rasa, its child)")
    serve.set_defaults(run=lambda _: asyncio.run(commands.serve(load())))

    watchdog = commands_.add_parser("watchdog", help="take callers of a hung gateway to a human")
    watchdog.set_defaults(run=lambda _: starting.become_watchdog(load(secrets=False)))

    train = commands_.add_parser("train", help="train the NLU model if its data changed")
    train.set_defaults(run=lambda _: training.train(load(secrets=False), say))

    models_ = commands_.add_parser("models", help="fetch the model that speech is recognised with")
    models_.set_defaults(run=lambda _: asyncio.run(models.fetch_models(load(secrets=False), say)))

    ask = commands_.add_parser("ask", help="ask once from the terminal")
    ask.add_argument("text")
    ask.add_argument("--json", action="store_true", help="print the whole answer as JSON")
    ask.add_argument("--conversation", default="", help="go on with this conversation")
    ask.set_defaults(
        run=lambda o: asyncio.run(
            terminal.ask(load(secrets=False), o.text, o.conversation, as_json=o.json)
        )
    )

    check = commands_.add_parser("check", help="list everything wrong with the configuration")
    check.set_defaults(run=lambda _: asyncio.run(commands.check()))

    key = commands_.add_parser("key", help="print a new key for BOT__SECURITY__KEY")
    key.set_defaults(run=lambda _: print(new_key()) or 0)

    _add_accounts(commands_)

    directory = commands_.add_parser("directory", help="read customers' birth years from a CSV")
    directory.add_argument("file", type=Path, help="number,birth_year: one customer a line")
    directory.add_argument("--apply", action="store_true", help="store it; else it is only checked")
    directory.set_defaults(
        run=lambda o: asyncio.run(accounts.fill_directory(load(), o.file, apply=o.apply))
    )

    menu = commands_.add_parser("wechat-menu", help="publish the Official Account's menu")
    menu.set_defaults(run=lambda _: asyncio.run(commands.publish_wechat_menu(load())))

    link = commands_.add_parser("customer-link", help="a link by which the app names a customer")
    link.add_argument("number", help="telephone or customer number")
    link.set_defaults(run=lambda o: asyncio.run(accounts.customer_link(load(), o.number)))

    remind = commands_.add_parser("remind", help="send the reminders of deadlines now")
    remind.add_argument("--dry-run", action="store_true", help="only list them")
    remind.set_defaults(run=lambda o: asyncio.run(upkeep.remind(load(), dry_run=o.dry_run)))

    bulk_ = commands_.add_parser("import", help="register the complaints of an XLSX sheet")
    bulk_.add_argument("file", type=Path, metavar="FILE.xlsx")
    bulk_.add_argument("--commit", action="store_true", help="store them, not only try")
    bulk_.add_argument("--by", metavar="LOGIN", help="the officer in whose name, with --commit")
    bulk_.add_argument("--template", action="store_true", help="write an empty sheet instead")
    bulk_.set_defaults(run=lambda o: asyncio.run(bulk.run(load(secrets=not o.template), o)))

    rotate = commands_.add_parser("rotate", help="seal all data with the newest key")
    rotate.set_defaults(run=lambda _: asyncio.run(upkeep.rotate(load())))

    voices_ = commands_.add_parser("voices", help="record the reviewed texts, for calls")
    voices_.add_argument("--engine", choices=("edge", "local", "espeak"), help="not the usual one")
    voices_.add_argument("--check", action="store_true", help="only count what is missing")
    voices_.set_defaults(
        run=lambda o: asyncio.run(voices.voices(load(secrets=False), o.engine, check=o.check))
    )

    pack = commands_.add_parser("pack", help="make a month's report for the committee")
    pack.add_argument("month", help="for example 2026-10")
    pack.add_argument("--out", type=Path, default=Path(), help="the folder it is written into")
    pack.set_defaults(run=lambda o: asyncio.run(monthly.make_pack(load(), o.month, o.out)))
    return parser


def _add_accounts(commands_: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    agent = commands_.add_parser("agent", help="add an agent, or set an agent's password")
    agent.add_argument("login", help="what the agent types to sign in")
    agent.add_argument("name", help="what customers see, for example 小王")
    agent.add_argument("--roles", default="agent", help="for example officer,approver")
    agent.add_argument("--email", help="where reminders go")
    agent.add_argument("--superior", help="the login that is reminded too")
    agent.add_argument("--team", help="to whom conversations are transferred, for example 信用卡")
    agent.add_argument("--telegram", help="the chat where reminders go, a number")
    agent.set_defaults(run=lambda o: asyncio.run(accounts.add_agent(load(), o)))

    code = commands_.add_parser("agent-code", help="a code that links an agent's Telegram account")
    code.add_argument("login", help="the agent's account")
    code.set_defaults(run=lambda o: asyncio.run(accounts.agent_code(load(), o.login)))


if __name__ == "__main__":
    sys.exit(main())
