"""Dependencies point one way: the map in the README is true."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"actions", "audio", "bot", "knowledge", "nlu_data"}
MAY_IMPORT = {
    "knowledge": {"knowledge"},
    "audio": {"audio"},
    "actions": {"actions"},
    "bot": {"actions", "audio", "bot", "knowledge"},
    "nlu_data": {"nlu_data"},
}
PURE = (
    "actions/deadlines.py",
    "actions/complaints.py",
    "actions/steps.py",
    "actions/roles.py",
    "actions/calendar.py",
    "actions/likeness.py",
    "actions/excerpt.py",
    "actions/hotspots.py",
    "actions/classification.py",
    "actions/coding.py",
    "actions/improvement.py",
    "actions/pack/section.py",
    "actions/pack/spread.py",
    "actions/pack/story.py",
    "actions/reminders.py",
    "actions/intake.py",
    "actions/questions.py",
    "actions/privacy.py",
    "bot/dialogue.py",
    "bot/rules.py",
    "bot/wish.py",
    "bot/desk/summary.py",
    "bot/desk/charts.py",
    "bot/desk/hotline_shown.py",
    "bot/recording/tracks.py",
    "bot/known.py",
    "actions/queueing.py",
    "actions/hours.py",
    "bot/answers.py",
    "bot/interview.py",
    "bot/lessons.py",
    *sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("bot/phrases/*.py")),
    "bot/turn.py",
    "actions/quota.py",
    *(
        f"bot/channels/wechat/{name}.py"
        for name in ("codes", "crypto", "modes", "replies", "signature", "xml")
    ),
    "bot/elder.py",
    "bot/on_the_line.py",
    *(f"bot/call/{name}.py" for name in ("aloud", "chosen", "note", "waiting")),
    *(
        f"audio/{name}.py"
        for name in (
            "audiosocket",
            "digits",
            "endpointer",
            "media_socket",
            "numerals",
            "phrasing",
            "reading",
            "readings",
        )
    ),
    "bot/call/line.py",
    "bot/lines/watchdog/ward.py",
    "bot/album/feed.py",
    "bot/album/series.py",
    "bot/speaking/reviewed.py",
)
IO = {"aiohttp", "asyncio", "sqlite3", "socket", "subprocess", "os"}


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text("utf-8"))
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("package", sorted(OURS & {path.name for path in ROOT.iterdir()}))
def test_a_package_imports_only_what_the_map_allows(package: str) -> None:
    for path in (ROOT / package).rglob("*.py"):
        wrong = (imports(path) & OURS) - MAY_IMPORT[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("path", PURE)
def test_what_decides_does_no_input_or_output(path: str) -> None:
    assert not imports(ROOT / path) & IO


def test_the_watchdog_stands_on_nothing_that_can_break_with_the_gateway() -> None:
    listed = "import sys, bot.lines.watchdog.__main__; print(*sys.modules)"
    asked = subprocess.run(
        [sys.executable, "-c", listed], cwd=ROOT, capture_output=True, text=True, check=True
    )
    tops = {name.partition(".")[0] for name in asked.stdout.split()}
    ours = {name for name in asked.stdout.split() if name.startswith("bot.")}
    assert not tops & {"aiohttp", "pydantic", "yaml", "sqlalchemy", "actions", "audio"}
    assert {name for name in ours if not name.startswith("bot.lines.watchdog")} == {
        "bot.lines",
        "bot.lines.calling_number",
        "bot.lines.peers",
    }


def test_only_the_composition_root_and_the_commands_build_the_gateway() -> None:
    makers = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "bot").rglob("*.py")
        if "Switchboard(" in path.read_text("utf-8").replace("class Switchboard", "")
    }
    assert makers == {"bot/app.py"}
