"""消保之声: the page, the sound, the feed, and the word that leads there."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import AsyncIterator, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from aiohttp.test_utils import TestClient
from browser import chromium, needs_chromium, no_violations, picture
from conftest import Chat, Clock, Server
from playwright.async_api import Page

from audio import Sound
from audio.levels import tone
from audio.phrasing import sentences
from audio.reading import readable
from audio.recordings import Recordings, Take
from audio.sound import decode
from bot import app as composition
from bot.album.series import Album
from bot.app import Gateway
from bot.application import application
from bot.phrases.album import OTHERS, TOPICS
from bot.settings import Settings
from bot.speaking_settings import Speaking
from knowledge.article import Article

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
SHOWN = ("card-lost", "card-swallowed", "fraud-first-steps")
VOICE = Speaking().voice


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"speaking": Speaking(engine="espeak", background=False)})


def keep(recordings: Recordings, texts: Sequence[str], engine: str, voice: str) -> None:
    """A note for each sentence; what is said does not matter here."""
    note = Sound(tone(8_000).samples[:8_000], 8_000)
    for text in texts:
        for sentence in sentences(readable(text)):
            recordings.keep(Take(engine, voice, 1.0, sentence), note)


async def record(gateway: Gateway, *ids: str) -> None:
    """Record these episodes, and let the studio make their files."""
    album = gateway.speech.album
    for id_ in ids:
        article = album.article(id_)
        assert article
        keep(gateway.speech.recordings, album.episode(article), "espeak", "cmn-latn-pinyin")
    await gateway.speech.studio.put_together()


@pytest.fixture
async def listener(gateway: Gateway) -> AsyncIterator[TestClient[Any, Any]]:
    await record(gateway, *SHOWN)
    async with TestClient(Server(application(gateway))) as client:
        yield client


def article(gateway: Gateway, id_: str) -> Article:
    found = gateway.library.base.article(id_)
    assert found
    return found


def test_an_episode_is_reviewed_text_from_title_to_source(gateway: Gateway) -> None:
    told = gateway.speech.album.episode(article(gateway, "card-lost"))
    assert told[0] == "消保之声。\n银行卡丢了怎么挂失。"
    assert told[1] == article(gateway, "card-lost").spoken
    assert told[2].startswith("提醒您：\n电话挂失可能只是临时的")
    assert "第一步应该做什么？\nA. 马上打95599挂失" in told[3]
    assert told[4].startswith("正确答案是 A。\n挂失之后")
    assert told[5] == "依据是中国人民银行的《银行卡业务管理办法》。"


def test_there_is_time_to_think_after_the_question(gateway: Gateway) -> None:
    parts = gateway.speech.album.parts(article(gateway, "card-lost"))
    assert max(parts, key=lambda part: part.pause_s).text.startswith("消保小课堂")


def test_every_topic_has_a_chinese_title_and_every_article_a_chapter(gateway: Gateway) -> None:
    chapters = gateway.speech.album.chapters()
    assert {chapter.topic for chapter in chapters} <= set(TOPICS)
    assert OTHERS not in {chapter.title for chapter in chapters}
    told = [one.id for chapter in chapters for one in chapter.articles]
    assert sorted(told) == [one.id for one in gateway.library.base.in_force()]
    assert chapters[0].title == "防范电信诈骗"


def test_every_sentence_of_an_episode_is_among_what_is_recorded(gateway: Gateway) -> None:
    recorded = set(gateway.speech.texts())
    for chapter in gateway.speech.album.chapters():
        for one in chapter.articles:
            for text in gateway.speech.album.episode(one):
                assert set(sentences(readable(text))) <= recorded


def test_what_has_expired_is_told_no_longer(gateway: Gateway, clock: Clock) -> None:
    clock.now = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    assert gateway.speech.album.chapters() == []
    assert gateway.speech.album.article("card-lost") is None


async def test_an_episode_is_an_mp3_of_all_its_parts(
    listener: TestClient[Any, Any], gateway: Gateway
) -> None:
    response = await listener.get("/album/card-lost.mp3")
    content = await response.read()
    assert (response.status, response.content_type) == (200, "audio/mpeg")
    parts = gateway.speech.album.parts(article(gateway, "card-lost"))
    spoken = [one for part in parts for one in sentences(readable(part.text))]
    least = 0.4 * len(spoken) + sum(part.pause_s for part in parts)
    assert least < decode(content, 24_000).seconds < 2 * least


async def test_players_get_ranges_and_learn_that_nothing_has_changed(
    listener: TestClient[Any, Any],
) -> None:
    whole = await (await listener.get("/album/card-lost.mp3")).read()
    part = await listener.get("/album/card-lost.mp3", headers={"Range": "bytes=1000-1999"})
    assert (part.status, await part.read()) == (206, whole[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(whole)}"
    beyond = await listener.get("/album/card-lost.mp3", headers={"Range": "bytes=99999999-"})
    assert beyond.status == 416
    tag = part.headers["ETag"]
    same = await listener.get("/album/card-lost.mp3", headers={"If-None-Match": tag})
    assert same.status == 304
    head = await listener.head("/album/card-lost.mp3")
    assert head.headers["Content-Length"] == str(len(whole))


@pytest.mark.parametrize("id_", ["no-such-article", "card-expired", "..%2F..%2Fetc%2Fpasswd"])
async def test_what_is_not_there_is_not_found_in_chinese(
    listener: TestClient[Any, Any], id_: str
) -> None:
    response = await listener.get(f"/album/{id_}.mp3")
    assert response.status == 404
    assert "没有" in (await response.json())["error"]["message"]


async def test_what_expires_is_neither_played_nor_listed(
    listener: TestClient[Any, Any], clock: Clock
) -> None:
    clock.now = dt.datetime(2099, 1, 1, tzinfo=dt.UTC)
    assert (await listener.get("/album/card-lost.mp3")).status == 404
    assert "card-lost" not in await (await listener.get("/album")).text()
    assert b"card-lost" not in await (await listener.get("/album/feed.xml")).read()
    assert "现在还没有可以听的内容" in await (await listener.get("/album")).text()


async def test_the_feed_has_what_players_need(
    listener: TestClient[Any, Any], gateway: Gateway
) -> None:
    response = await listener.get("/album/feed.xml")
    assert response.content_type == "application/rss+xml"
    channel = ET.fromstring(await response.read()).find("channel")  # noqa: S314 - our own
    assert channel is not None
    for name in ("title", "link", "description", "language", f"{ITUNES}image", f"{ITUNES}category"):
        assert channel.find(name) is not None
    items = channel.findall("item")
    assert [item.findtext("guid") for item in items] == [
        "xiaobao:fraud-first-steps",
        "xiaobao:card-lost",
        "xiaobao:card-swallowed",
    ]
    base = str(listener.make_url("")).rstrip("/")
    for item in items:
        sound = item.find("enclosure")
        assert sound is not None
        assert sound.get("type") == "audio/mpeg"
        assert sound.get("url", "").startswith(f"{base}/album/")
        path = sound.get("url", "").removeprefix(base)
        played = await (await listener.get(path)).read()
        assert sound.get("length") == str(len(played))
        told = float(item.findtext(f"{ITUNES}duration") or 0)
        assert told == pytest.approx(decode(played, 24_000).seconds, abs=1.5)
        assert parsedate_to_datetime(item.findtext("pubDate") or "").tzinfo
    season = items[1].find(f"{PODCAST}season")
    assert season is not None
    assert season.get("name") == "银行卡"


async def test_the_feed_names_the_public_address(settings: Settings, clock: Clock) -> None:
    public = Speaking(background=False, engine="espeak", public_url="https://xb.bank.example/bot")
    settings = settings.model_copy(update={"speaking": public})
    gateway = composition.assemble(settings, clock=clock)
    await record(gateway, "card-lost")
    async with TestClient(Server(application(gateway))) as client:
        feed = await (await client.get("/album/feed.xml")).text()
        assert 'url="https://xb.bank.example/bot/album/card-lost.mp3"' in feed
        chat = Chat(client)
        await chat.say("听课")
        assert "https://xb.bank.example/bot/album" in chat.text()


async def test_a_better_recording_takes_the_place_of_the_first(
    settings: Settings, clock: Clock
) -> None:
    edge = Speaking(background=False, engine="edge")
    gateway = composition.assemble(settings.model_copy(update={"speaking": edge}), clock=clock)
    await record(gateway, "card-lost")
    album = settings.data_dir / "voice/album"
    (first,) = album.glob("*")
    texts = gateway.speech.album.episode(article(gateway, "card-lost"))
    keep(gateway.speech.recordings, texts, "edge", VOICE)
    await gateway.speech.studio.put_together()
    (second,) = album.glob("*")
    assert first != second


@pytest.mark.parametrize(
    "words", ["听课", "我想听课。", "消保之声", "我要听消保之声", "听消保课吧"]
)
async def test_a_word_in_the_chat_leads_to_the_album(chat: Chat, words: str) -> None:
    await chat.say(words)
    assert "点最上面的“听课”" in chat.text()
    assert chat.answer["route"] == "service"


@pytest.mark.parametrize("words", ["听课费被扣了两次怎么办", "我听老师讲课被骗了钱"])
async def test_other_sentences_about_lessons_do_not(chat: Chat, words: str) -> None:
    await chat.say(words)
    assert "点最上面的“听课”" not in chat.text()


async def test_a_fault_of_the_album_is_logged_and_stops_nothing(
    gateway: Gateway, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    await record(gateway, "card-lost")
    album = settings.data_dir / "voice/album"
    shutil.rmtree(album)
    album.write_text("no folder")
    async with TestClient(Server(application(gateway))) as client:
        while "left as they are" not in caplog.text:
            await asyncio.sleep(0.01)
        chat = Chat(client)
        await chat.say("银行卡丢了怎么办")
        assert "挂失" in chat.text()


async def test_in_the_middle_of_a_complaint_the_questions_go_on(chat: Chat) -> None:
    await chat.tap("/complain")
    await chat.tap("/album")
    assert "听课" in chat.text()
    assert "请您说说发生了什么事" in chat.text()


def test_an_article_with_a_topic_of_its_own_is_not_lost(gateway: Gateway) -> None:
    other = article(gateway, "card-lost").model_copy(update={"topic": "new-topic"})

    class OneArticle:
        def in_force(self) -> list[Article]:
            return [other]

    (chapter,) = Album(OneArticle(), gateway.phrases).chapters()  # type: ignore[arg-type]
    assert (chapter.title, chapter.articles) == (OTHERS, (other,))


@pytest.fixture
async def page(listener: TestClient[Any, Any]) -> AsyncIterator[Page]:
    async with chromium() as browser:
        context = await browser.new_context(viewport={"width": 390, "height": 844})
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("request", lambda request: problems.extend(foreign(request.url, listener)))
        await page.goto(str(listener.make_url("/album")))
        yield page
        assert problems == []


def foreign(url: str, listener: TestClient[Any, Any]) -> list[str]:
    return [] if url.startswith(str(listener.make_url("/"))) else [url]


@needs_chromium
async def test_one_tap_plays_an_episode_and_the_next_follows(page: Page) -> None:
    await page.get_by_role("button", name="银行卡丢了怎么挂失").click()
    await page.wait_for_function("() => document.getElementById('audio').currentTime > 0.2")
    assert await page.get_by_test_id("now").inner_text() == "银行卡丢了怎么挂失"
    assert await page.get_by_test_id("play").inner_text() == "暂停"
    await no_violations(page)
    await picture(page, "album-playing-390")
    await page.evaluate("a = document.getElementById('audio'); a.currentTime = a.duration - 0.1")
    await page.wait_for_function(
        "() => document.getElementById('now').textContent != '银行卡丢了怎么挂失'"
    )
    await page.wait_for_function("() => !document.getElementById('audio').paused")
    assert await page.locator("[aria-current=true]").count() == 1
    assert await page.get_by_test_id("next").is_disabled()
    await page.get_by_test_id("previous").click()
    assert await page.get_by_test_id("now").inner_text() == "银行卡丢了怎么挂失"


@needs_chromium
async def test_speed_and_place_are_remembered_on_the_device(page: Page) -> None:
    await page.get_by_role("button", name="银行卡丢了怎么挂失").click()
    await page.get_by_test_id("speed-0.8").click()
    assert await page.evaluate("document.getElementById('audio').playbackRate") == 0.8
    await page.wait_for_function("() => document.getElementById('audio').currentTime > 0.5")
    await page.get_by_test_id("play").click()
    await page.wait_for_function("() => document.getElementById('audio').paused")
    await page.reload()
    assert await page.get_by_test_id("now").inner_text() == "银行卡丢了怎么挂失"
    assert await page.get_by_test_id("speed-0.8").get_attribute("aria-pressed") == "true"
    await page.get_by_test_id("play").click()
    await page.wait_for_function("() => document.getElementById('audio').currentTime > 0.5")
    assert await page.evaluate("document.getElementById('audio').playbackRate") == 0.8


@needs_chromium
async def test_a_link_of_the_feed_opens_its_episode(
    page: Page, listener: TestClient[Any, Any]
) -> None:
    await page.goto("about:blank")
    await page.goto(str(listener.make_url("/album#card-swallowed")))
    assert "吞" in await page.get_by_test_id("now").inner_text()


@needs_chromium
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844), (360, 640), (320, 480)])
async def test_the_page_fits_every_screen_and_targets_are_large(
    page: Page, width: int, height: int
) -> None:
    await page.set_viewport_size({"width": width, "height": height})
    await no_violations(page)
    await picture(page, f"album-{width}")
    await page.get_by_role("button", name="银行卡丢了怎么挂失").click()
    await no_violations(page)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = await page.evaluate(
        "[...document.querySelectorAll('button, a.back')].filter((one) => one.offsetParent)"
        ".map((one) => one.getBoundingClientRect()).filter(({height}) => height < 48).length"
    )
    assert small == 0


@needs_chromium
async def test_the_chat_leads_to_the_album(page: Page, listener: TestClient[Any, Any]) -> None:
    await page.goto(str(listener.make_url("/elder")))
    await page.get_by_test_id("album").click()
    await page.wait_for_url("**/album")
