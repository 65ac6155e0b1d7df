"""The operator's commands, as processes, also where something is missing or wrong."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import KEY, free_port
from sheets import HEADINGS, ROW, book

from actions.privacy import new_key
from bot import readiness
from bot.settings import ROOT, Http, Rasa, Settings


def run(
    *command: str, variables: dict[str, str], cwd: Path = ROOT, text: str = ""
) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT__")}
    return subprocess.run(
        command,
        cwd=cwd,
        env={**kept, **variables},
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def bot(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "bot", *arguments, variables=variables)


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


def test_a_question_is_answered_where_no_gateway_runs(tmp_path: Path) -> None:
    variables = {"BOT__HTTP__PORT": str(free_port()), "BOT__DATA_DIR": str(tmp_path)}
    asked = bot("ask", "银行卡丢了怎么办", **variables)
    assert asked.returncode == 0
    assert "挂失" in asked.stdout
    assert "依据：《" in asked.stdout
    assert "网关没有运行" in asked.stderr
    assert list(tmp_path.iterdir()) == []  # nothing is stored


def test_the_whole_answer_is_printed_as_json(tmp_path: Path) -> None:
    variables = {"BOT__HTTP__PORT": str(free_port()), "BOT__DATA_DIR": str(tmp_path)}
    answer = json.loads(bot("ask", "--json", "人工", **variables).stdout)
    assert answer["mode"] == "waiting"
    assert answer["replies"][0]["handoff"]["position"] == 1


def test_serving_without_a_key_says_how_to_make_one(tmp_path: Path) -> None:
    served = bot("serve", BOT__DATA_DIR=str(tmp_path))
    assert served.returncode == 2
    assert "python -m bot key" in served.stderr
    assert "Traceback" not in served.stderr


def test_a_taken_port_is_named_with_the_variable_that_changes_it(taken_port: int) -> None:
    served = bot("serve", BOT__SECURITY__KEY=KEY, BOT__HTTP__PORT=str(taken_port))
    assert served.returncode == 2
    assert f"127.0.0.1:{taken_port} 用不了" in served.stderr
    assert "BOT__HTTP__PORT" in served.stderr


def test_check_lists_everything_at_once(tmp_path: Path, taken_port: int) -> None:
    checked = bot(
        "check",
        BOT__HTTP__PROT="8081",
        BOT__HTTP__PORT=str(taken_port),
        BOT__DATA_DIR=str(tmp_path),
        BOT__BANK__TIMEZONE="Asia/Peking",
    )
    assert checked.returncode == 1
    assert "是不是想写 port" in checked.stdout
    assert "缺少数据加密密钥" in checked.stdout
    assert "Traceback" not in checked.stderr


def test_check_finds_nothing_wrong_with_a_good_installation(tmp_path: Path) -> None:
    models = ROOT / "data/models"
    shutil.copytree(models, tmp_path / "models")
    checked = bot(
        "check",
        BOT__SECURITY__KEY=KEY,
        BOT__DATA_DIR=str(tmp_path),
        BOT__HTTP__PORT=str(free_port()),
        BOT__RASA__PORT=str(free_port()),
    )
    assert "发现 0 个问题" in checked.stdout, checked.stdout
    assert checked.returncode == 0


def test_a_key_is_made_that_the_gateway_takes(tmp_path: Path) -> None:
    key = bot("key").stdout.strip()
    added = run(
        *(sys.executable, "-m", "bot", "agent", "wang", "小王"),
        text="long-enough-7\n",
        variables={"BOT__SECURITY__KEY": key, "BOT__DATA_DIR": str(tmp_path)},
    )
    assert added.returncode == 0, added.stderr
    assert key not in (tmp_path / "xiaobao.sqlite3").read_bytes().decode("latin-1")


def test_a_weak_password_is_refused_in_one_sentence(tmp_path: Path) -> None:
    added = run(
        *(sys.executable, "-m", "bot", "agent", "wang", "小王"),
        text="short\n",
        variables={"BOT__SECURITY__KEY": KEY, "BOT__DATA_DIR": str(tmp_path)},
    )
    assert added.returncode == 1
    assert added.stderr.strip() == "✗ 密码至少 10 个字符。"


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    problems = readiness.start_problems(
        Settings(
            data_dir=blocked / "data",
            http=Http(port=free_port()),
            rasa=Rasa(managed=False, urls=("http://127.0.0.1:5005",)),
        )
    )
    assert len(problems) == 1
    assert "写不进去" in problems[0]


def test_a_full_disk_is_named_before_anything_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=3 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
    problems = readiness.start_problems(
        Settings(data_dir=tmp_path, http=Http(port=free_port()), rasa=Rasa(port=free_port()))
    )
    assert any("只剩 3 MB" in problem for problem in problems)


# --- scripts/setup, on a machine that lacks something


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What setup needs of a fresh clone, and a folder of commands to shadow the machine's."""
    shutil.copytree(ROOT / "requirements", tmp_path / "requirements")
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/setup", tmp_path / "scripts")
    (tmp_path / "commands").mkdir()
    return tmp_path


def set_up(clone: Path, what: str, **commands: str) -> subprocess.CompletedProcess[str]:
    for name, script in commands.items():
        shadow = clone / "commands" / name
        shadow.write_text(f"#!/bin/sh\n{script}\n")
        shadow.chmod(0o755)
    variables = {"PATH": f"{clone / 'commands'}:{os.environ['PATH']}"}
    return run(str(clone / "scripts/setup"), what, cwd=clone, variables=variables)


def test_setup_without_cpython_3_10_says_three_ways_to_get_it(clone: Path) -> None:
    done = set_up(clone, "rasa", uv="echo 'No interpreter found' >&2; exit 2")
    assert done.returncode == 1
    for way in ("python3.10", "uv python install 3.10", "PYENV_VERSION"):
        assert way in done.stderr


def test_setup_on_a_full_disk_says_how_much_is_needed(clone: Path) -> None:
    done = set_up(clone, "rasa", df="echo h; echo /dev/x 100 90 10 90% /")
    assert done.returncode == 1
    assert "磁盘只剩 10 MB" in done.stderr
    assert "4000 MB" in done.stderr


def test_setup_with_an_old_python_says_which_is_needed(clone: Path) -> None:
    script = '[ "$1" = --version ] && echo Python 3.9.2; exit 1'
    done = set_up(clone, "gateway", python3=script)
    assert done.returncode == 1
    assert "需要 Python 3.11" in done.stderr


def test_setup_that_was_cut_off_goes_on_where_it_was(clone: Path) -> None:
    """The stamp is written last: after a failed install the next run installs again."""
    (clone / ".venv/bin").mkdir(parents=True)
    (clone / ".venv/bin/python").symlink_to(sys.executable)
    failed = set_up(clone, "gateway", uv="exit 1")
    assert failed.returncode == 1
    assert "再运行一次" in failed.stderr
    assert set_up(clone, "gateway", uv="exit 0").returncode == 0
    again = set_up(clone, "gateway", uv="echo called again >&2; exit 1")
    assert again.returncode == 0
    assert again.stderr == ""


def test_an_account_gets_the_roles_it_is_given_and_an_unknown_one_is_named(tmp_path: Path) -> None:
    variables = {"BOT__SECURITY__KEY": KEY, "BOT__DATA_DIR": str(tmp_path)}
    added = [sys.executable, "-m", "bot", "agent", "zhao", "赵姐", "--roles"]
    good = run(*added, "officer,approver", variables=variables, text="long-enough-7\n")
    assert good.returncode == 0
    assert "审批人" in good.stdout
    assert "投诉专员" in good.stdout
    bad = run(*added, "king", variables=variables, text="long-enough-7\n")
    assert bad.returncode == 1
    assert "officer（投诉专员）" in bad.stderr


def test_a_code_for_an_agents_telephone_needs_the_group_and_the_account(tmp_path: Path) -> None:
    variables = {
        "BOT__DATA_DIR": str(tmp_path),
        "BOT__SECURITY__KEY": KEY,
        "BOT__TELEGRAM__TOKEN": "123456789:AAtoken-of-more-than-twenty-characters",
        "BOT__TELEGRAM__ENABLED": "true",
    }
    assert "坐席群" in bot("agent-code", "wang", **variables).stderr
    variables["BOT__TELEGRAM__DESK_GROUP"] = "-1001234567890"
    assert "没有 wang 这个账号" in bot("agent-code", "wang", **variables).stderr
    run(
        sys.executable, "-m", "bot", "agent", "wang", "小王",
        variables=variables, text="long-enough-7\n",
    )  # fmt: skip
    made = bot("agent-code", "wang", **variables)
    assert made.returncode == 0
    assert "/login " in made.stdout


def test_a_new_key_is_put_to_use_and_the_old_one_can_be_taken_away(tmp_path: Path) -> None:
    old, new = new_key(), new_key()
    folder = str(tmp_path)
    account = [sys.executable, "-m", "bot", "agent", "wang", "小王"]
    added = run(
        *account,
        text="long-enough-7\n",
        variables={"BOT__SECURITY__KEY": old, "BOT__DATA_DIR": folder},
    )
    assert added.returncode == 0, added.stderr
    alone = bot("rotate", BOT__SECURITY__KEY=old, BOT__DATA_DIR=folder)
    assert alone.returncode == 1
    assert "python -m bot key" in alone.stderr
    rotated = bot("rotate", BOT__SECURITY__KEY=f"{new},{old}", BOT__DATA_DIR=folder)
    assert rotated.returncode == 0, rotated.stderr
    assert "meta.value：2/2，重新加密 2 条" in rotated.stdout
    assert "可以从 BOT__SECURITY__KEY 里去掉旧密钥了" in rotated.stdout
    assert new not in rotated.stdout
    assert bot("remind", BOT__SECURITY__KEY=old, BOT__DATA_DIR=folder).returncode == 1


def test_a_sheet_is_tried_first_then_imported_and_not_a_second_time(tmp_path: Path) -> None:
    variables = {"BOT__SECURITY__KEY": KEY, "BOT__DATA_DIR": str(tmp_path / "data")}
    account = [sys.executable, "-m", "bot", "agent", "wang", "小王", "--roles", "officer"]
    assert run(*account, variables=variables, text="long-enough-7\n").returncode == 0
    bad = ["昨天", *ROW[1:]]
    other = [*ROW[:3], "大堂经理态度不好", *ROW[4:]]
    path = str(book(tmp_path / "台账.xlsx", HEADINGS, ROW, bad, other))
    tried = bot("import", path, **variables)
    assert tried.returncode == 1
    assert "✗ 第 3 行“收到日期”：“昨天”不是日期" in tried.stdout
    assert "可以导入 2 行，有问题 1 行" in tried.stdout
    nobody = bot("import", path, "--commit", **variables)
    assert "--by" in nobody.stderr
    done = bot("import", path, "--commit", "--by", "wang", **variables)
    assert "已导入 2 行，0 行以前导入过（跳过），有问题 1 行" in done.stdout, done.stderr
    again = bot("import", path, "--commit", "--by", "wang", **variables)
    assert "已导入 0 行，2 行以前导入过（跳过），有问题 1 行" in again.stdout
    assert "13812345678" not in tried.stdout + done.stdout


def test_a_template_is_written_and_never_over_a_file_that_is_there(tmp_path: Path) -> None:
    path = str(tmp_path / "空表.xlsx")
    assert bot("import", "--template", path).returncode == 0
    again = bot("import", "--template", path)
    assert again.returncode == 1
    assert "换个文件名" in again.stderr
