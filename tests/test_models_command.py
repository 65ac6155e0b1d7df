"""`bot models`: the speech model is fetched whole or not at all, from a server on loopback."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from conftest import free_port
from speech import MODEL, needs_model

from audio.speech_model import flaw
from audio.trial import works
from bot.errors import ConfigurationError
from bot.hearing import hearing_findings, open_hearing
from bot.hearing_settings import Hearing
from bot.models import fetch_models
from bot.platform_settings import Telegram
from bot.settings import ROOT, Settings, load

NAME = "vosk-model-test"
Files = Iterable[tuple[str, bytes]]


def model_files(**instead: bytes) -> Files:
    """The fixture model's, in one folder; some with other contents."""
    for path in sorted(MODEL.rglob("*")):
        if path.is_file():
            yield f"{NAME}/{path.relative_to(MODEL)}", instead.get(path.name, path.read_bytes())


def zipped(files: Files) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


@dataclass
class Home:
    """Where models come from: it takes GET of one path only, and says what it was asked."""

    content: bytes = b""
    status: int = 200
    breaks_off: bool = False
    asked: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if self.status != 200:
            return web.Response(status=self.status)
        response = web.StreamResponse(headers={"Content-Length": str(len(self.content))})
        await response.prepare(request)
        if self.breaks_off:
            await response.write(self.content[: len(self.content) // 2])
            assert request.transport
            request.transport.abort()
            return response
        await response.write(self.content)
        return response


@pytest.fixture
async def home() -> AsyncIterator[Home]:
    made = Home()
    app = web.Application()
    app.router.add_get("/models/small.zip", made.answer)
    async with TestServer(app) as server:
        made.url = str(server.make_url("/models/small.zip"))
        yield made
    assert set(made.asked) <= {"GET /models/small.zip"}


Fetch = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def fetch(settings: Settings, home: Home) -> Fetch:
    async def run(**more: str) -> list[str]:
        told: list[str] = []
        found = hashlib.sha256(home.content).hexdigest()
        values = {"model": NAME, "model_url": home.url, "model_sha256": found, **more}
        changed = settings.model_copy(update={"hearing": Hearing.model_validate(values)})
        assert await fetch_models(changed, told.append) == 0
        return told

    return run


def installed(settings: Settings) -> list[str]:
    folder = settings.data_dir / "models"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@needs_model
async def test_the_model_is_fetched_and_used(home: Home, fetch: Fetch, settings: Settings) -> None:
    home.content = zipped(model_files())
    told = await fetch()
    assert installed(settings) == [NAME]
    assert flaw(settings.data_dir / "models" / NAME) == ""
    assert "正在下载" in told[0]
    assert any("%）" in line for line in told)
    assert "已装好" in told[-1]


@needs_model
async def test_a_model_that_is_there_is_not_fetched_again(home: Home, fetch: Fetch) -> None:
    home.content = zipped(model_files())
    await fetch()
    assert "没有重新下载" in (await fetch())[-1]
    assert len(home.asked) == 1


@needs_model
async def test_without_a_checksum_it_is_said_that_nothing_was_compared(
    home: Home, fetch: Fetch
) -> None:
    home.content = zipped(model_files())
    told = await fetch(model_sha256="")
    assert any(hashlib.sha256(home.content).hexdigest() in line for line in told)


@needs_model
async def test_what_a_killed_run_left_is_cleared_away(
    home: Home, fetch: Fetch, settings: Settings
) -> None:
    left = settings.data_dir / "models" / ".model-x1" / "unpacked"
    left.mkdir(parents=True)
    home.content = zipped(model_files())
    await fetch()
    assert installed(settings) == [NAME]


async def refused(fetch: Fetch, **more: str) -> str:
    with pytest.raises(ConfigurationError) as refusal:
        await fetch(**more)
    return str(refusal.value)


@needs_model
async def test_other_content_than_was_promised_is_not_installed(
    home: Home, fetch: Fetch, settings: Settings
) -> None:
    home.content = zipped(model_files())
    assert "与校验值不符" in await refused(fetch, model_sha256="0" * 64)
    assert installed(settings) == []


@pytest.mark.parametrize("status", [403, 404, 500, 503])
async def test_a_server_that_does_not_give_it_is_quoted(
    home: Home, fetch: Fetch, settings: Settings, status: int
) -> None:
    home.status = status
    assert f"对方回答 {status}" in await refused(fetch)
    assert installed(settings) == []


async def test_a_download_that_breaks_off_leaves_nothing(
    home: Home, fetch: Fetch, settings: Settings
) -> None:
    home.content, home.breaks_off = os.urandom(3_000_000), True
    assert "连接断了" in await refused(fetch)
    assert installed(settings) == []


async def test_a_download_that_is_too_large_is_stopped(
    home: Home, fetch: Fetch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.models._MOST_BYTES", 1_000_000)
    home.content = bytes(3_000_000)
    assert "文件太大" in await refused(fetch)
    assert installed(settings) == []


LINK = zipfile.ZipInfo(f"{NAME}/am")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


def linked() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(LINK, "/etc")
        archive.writestr(f"{NAME}/am/final.mdl", b"x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"<html>not found</html>", "不是完好的压缩包", id="a page"),
        pytest.param(b"", "不是完好的压缩包", id="nothing"),
        pytest.param(zipped([(f"{NAME}/README", b"?")])[:-30], "不是完好的压缩包", id="half"),
        pytest.param(zipped([("../evil", b"x")]), "写到别的地方", id="above"),
        pytest.param(zipped([(f"{NAME}/../../evil", b"x")]), "写到别的地方", id="above, later"),
        pytest.param(zipped([("/tmp/evil", b"x")]), "写到别的地方", id="absolute"),  # noqa: S108
        pytest.param(zipped([("a\\..\\evil", b"x")]), "写到别的地方", id="as Windows writes it"),
        pytest.param(linked(), "写到别的地方", id="a link"),
        pytest.param(zipped([("a/x", b"x"), ("b/y", b"y")]), "只有一个文件夹", id="two folders"),
        pytest.param(zipped([]), "只有一个文件夹", id="empty"),
        pytest.param(zipped([(f"{NAME}/README", b"?")]), "缺少 am/final.mdl", id="no model"),
    ],
)
async def test_what_is_no_archive_of_a_model_is_not_installed(
    home: Home, fetch: Fetch, settings: Settings, content: bytes, says: str
) -> None:
    home.content = content
    assert says in await refused(fetch)
    assert installed(settings) == []
    assert not list(settings.data_dir.parent.rglob("evil"))


async def test_an_archive_that_would_fill_the_disk_is_not_unpacked(
    home: Home, fetch: Fetch, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.model_archive._MOST_BYTES", 1_000_000)
    home.content = zipped([(f"{NAME}/am/final.mdl", bytes(2_000_000))])
    assert len(home.content) < 10_000
    assert "压缩包太大" in await refused(fetch)
    assert installed(settings) == []


@needs_model
async def test_a_graph_that_breaks_off_is_found_out_without_ending_the_process(
    home: Home, fetch: Fetch, settings: Settings
) -> None:
    broken = (MODEL / "graph/HCLr.fst").read_bytes()[:1_000]
    home.content = zipped(model_files(**{"HCLr.fst": broken}))
    assert "不是可用的语音识别模型" in await refused(fetch)
    assert installed(settings) == []


async def test_a_folder_that_is_no_model_is_left_alone_and_named(
    home: Home, fetch: Fetch, settings: Settings
) -> None:
    folder = settings.data_dir / "models" / NAME
    folder.mkdir(parents=True)
    (folder / "mine").write_text("keep")
    assert "请先删掉这个文件夹" in await refused(fetch)
    assert (folder / "mine").read_text() == "keep"
    assert home.asked == []


async def test_a_disk_that_cannot_be_written_is_named(fetch: Fetch, settings: Settings) -> None:
    (settings.data_dir / "models").write_text("in the way")
    assert "写不进去" in await refused(fetch)


def test_the_command_says_what_to_do_where_there_is_no_network(tmp_path: Path) -> None:
    variables = {
        "BOT__DATA_DIR": str(tmp_path),
        "BOT__HEARING__MODEL_URL": f"http://127.0.0.1:{free_port()}/small.zip",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BOT__")}
    run = subprocess.run(
        [sys.executable, "-m", "bot", "models"],
        cwd=ROOT,
        env={**kept, **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 2
    assert "没有下载成功" in run.stderr
    assert "BOT__HEARING__MODEL_URL" in run.stderr
    assert "Traceback" not in run.stderr


# What the gateway and `bot check` say of it.


def with_telegram(settings: Settings, model: Path) -> Settings:
    changed = {"telegram": Telegram(enabled=True), "hearing": Hearing(model=model)}
    return settings.model_copy(update=changed)


def test_a_missing_model_is_told_where_somebody_would_speak(settings: Settings) -> None:
    told: list[str] = []
    assert open_hearing(settings, told.append) is None
    assert told == []
    assert hearing_findings(settings) == ([], [])
    speaking = with_telegram(settings, Path("nowhere"))
    assert open_hearing(speaking, told.append) is None
    assert "Telegram现在听不了语音。请运行 make models" in told[0]
    problems, (remark,) = hearing_findings(speaking)
    assert problems == []
    assert "make models" in remark


def test_what_is_switched_off_is_neither_opened_nor_told(settings: Settings) -> None:
    off = settings.model_copy(update={"hearing": Hearing(enabled=False, model=Path("nowhere"))})
    told: list[str] = []
    assert open_hearing(off, told.append) is None
    assert hearing_findings(off) == ([], [])
    assert told == []


@needs_model
def test_a_broken_model_is_a_problem_and_a_good_one_is_none(
    settings: Settings, tmp_path: Path
) -> None:
    assert hearing_findings(with_telegram(settings, MODEL)) == ([], [])
    broken = tmp_path / "models" / "broken"
    broken.mkdir(parents=True)
    (problem,), _ = hearing_findings(with_telegram(settings, Path("broken")))
    assert "缺少" in problem
    assert "make models" in problem
    for name, content in model_files(**{"HCLr.fst": b"cut off"}):
        file = broken / Path(name).relative_to(NAME)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    assert not works(broken)
    (problem,), _ = hearing_findings(with_telegram(settings, Path("broken")))
    assert "不能用" in problem


def test_the_models_address_and_its_folder_can_be_set(tmp_path: Path) -> None:
    settings = load(
        environment={
            "BOT__DATA_DIR": str(tmp_path),
            "BOT__HEARING__MODEL_URL": "https://bank.example/model.zip",
            "BOT__HEARING__MODEL": "/opt/model",
            "BOT__HEARING__CALLS": "7",
        },
        secrets=False,
    )
    assert settings.hearing.model_url == "https://bank.example/model.zip"
    assert settings.hearing_model == Path("/opt/model")
    assert settings.hearing.most_calls == 7
    usual = load(environment={"BOT__DATA_DIR": str(tmp_path)}, secrets=False)
    assert usual.hearing_model == tmp_path / "models/vosk-model-small-cn-0.22"
    assert usual.hearing.most_calls == 10 * usual.hearing.most_threads
