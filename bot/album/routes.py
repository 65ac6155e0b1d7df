"""/album: the page, its sound, and the feed. Everybody may listen; nothing here is personal."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

from aiohttp import web

from actions.errors import NotAllowed
from bot.album.feed import feed
from bot.album.files import EpisodeFiles
from bot.album.series import Album
from bot.http import template
from bot.phrases.album import ABOUT, TITLE

PAGES = Path(__file__).parent.parent / "pages/album"


class AlbumRoutes:
    """What the public listener serves of the album."""

    def __init__(
        self, album: Album, files: EpisodeFiles, bank: str, hotline: str, url: str, zone: dt.tzinfo
    ) -> None:
        """`url`: the gateway's public address, without a / at its end; "" for the caller's own."""
        self._album = album
        self._files = files
        self._bank = bank
        self._url = url
        self._zone = zone
        self._fixed = {"bank": bank, "hotline": hotline, "title": TITLE, "about": ABOUT}
        self._template = template(PAGES / "index.html")

    def routes(self) -> list[web.AbstractRouteDef]:
        """The page, the feed, the episodes."""
        return [
            web.get("/album", self._page),
            web.get("/album/feed.xml", self._feed),
            web.get("/album/{article}.mp3", self._episode),
            web.static("/static/album", PAGES),
        ]

    async def _page(self, _request: web.Request) -> web.Response:
        chapters = [
            {
                "title": chapter.title,
                "episodes": [
                    {
                        "id": article.id,
                        "title": article.title,
                        "length": _length(recorded.seconds) if recorded else "",
                    }
                    for article in chapter.articles
                    for recorded in [self._files.recorded(article.id)]
                ],
            }
            for chapter in self._album.chapters()
        ]
        text = self._template.render(self._fixed, chapters=chapters)
        return web.Response(text=text, content_type="text/html")

    async def _feed(self, request: web.Request) -> web.Response:
        base = self._url or str(request.url.origin())
        content = await asyncio.to_thread(
            feed, self._album.chapters(), self._files.recorded, base, self._bank, self._zone
        )
        return web.Response(
            body=content,
            content_type="application/rss+xml",
            charset="utf-8",
            headers={"Cache-Control": "public, max-age=600"},
        )

    async def _episode(self, request: web.Request) -> web.StreamResponse:
        """With ranges, an ETag and 304, as players ask for."""
        article = self._album.article(request.match_info["article"])
        recorded = self._files.recorded(article.id) if article else None
        if recorded is None:
            raise NotAllowed("not_found", "这一篇没有，或者还没有录好。请到 /album 看看别的。")
        return web.FileResponse(
            recorded.path,
            headers={"Content-Type": "audio/mpeg", "Cache-Control": "public, max-age=600"},
        )


def _length(seconds: int) -> str:
    return f"{seconds // 60}分{seconds % 60:02}秒" if seconds >= 60 else f"{seconds}秒"
