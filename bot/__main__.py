"""`python -m bot`: serve, and the operator's other commands."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from actions.errors import XiaobaoError
from actions.privacy import new_key
from bot import commands, terminal
from bot.errors import ConfigurationError
from bot.settings import load


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when it worked."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
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

    train = commands_.add_parser("train", help="train the NLU model if its data changed")
    train.set_defaults(run=lambda _: commands.train(load(secrets=False)))

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

    agent = commands_.add_parser("agent", help="add an agent, or set an agent's password")
    agent.add_argument("login", help="what the agent types to sign in")
    agent.add_argument("name", help="what customers see, for example 小王")
    agent.add_argument("--roles", default="agent", help="for example officer,approver")
    agent.add_argument("--email", help="where reminders go")
    agent.add_argument("--superior", help="the login that is reminded too")
    agent.add_argument("--team", help="to whom conversations are transferred, for example 信用卡")
    agent.set_defaults(
        run=lambda o: asyncio.run(
            commands.add_agent(load(), o.login, o.name, o.roles, o.email, o.superior, o.team)
        )
    )

    directory = commands_.add_parser("directory", help="read customers' birth years from a CSV")
    directory.add_argument("file", type=Path, help="number,birth_year: one customer a line")
    directory.add_argument("--apply", action="store_true", help="store it; else it is only checked")
    directory.set_defaults(
        run=lambda o: asyncio.run(commands.fill_directory(load(), o.file, apply=o.apply))
    )

    menu = commands_.add_parser("wechat-menu", help="publish the Official Account's menu")
    menu.set_defaults(run=lambda _: asyncio.run(commands.publish_wechat_menu(load())))

    link = commands_.add_parser("customer-link", help="a link by which the app names a customer")
    link.add_argument("number", help="telephone or customer number")
    link.set_defaults(run=lambda o: commands.customer_link(load(), o.number))
    return parser


if __name__ == "__main__":
    sys.exit(main())
