"""The album as a podcast: RSS 2.0, as players and directories read it. Pure.

https://podcasters.apple.com/support/823-podcast-requirements and podcastindex.org/namespace/1.0
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from bot.album.files import Recorded
from bot.album.series import Chapter
from bot.phrases.album import ABOUT, TITLE
from knowledge.article import Article

ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
PODCAST = "https://podcastindex.org/namespace/1.0"
ATOM = "http://www.w3.org/2005/Atom"
for _prefix, _space in (("itunes", ITUNES), ("podcast", PODCAST), ("atom", ATOM)):
    ET.register_namespace(_prefix, _space)


def feed(
    chapters: Sequence[Chapter],
    recorded: Callable[[str], Recorded | None],
    base: str,
    bank: str,
    zone: dt.tzinfo,
) -> bytes:
    """Every recorded episode; a topic is a season. `base`: the public address, without a /."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _text(channel, "title", f"{TITLE} · {bank}")
    _text(channel, "link", f"{base}/album")
    _text(channel, "description", ABOUT)
    _text(channel, "language", "zh-cn")
    itself = {"href": f"{base}/album/feed.xml", "rel": "self", "type": "application/rss+xml"}
    ET.SubElement(channel, f"{{{ATOM}}}link", itself)
    _text(channel, f"{{{ITUNES}}}author", bank)
    _text(channel, f"{{{ITUNES}}}type", "serial")
    _text(channel, f"{{{ITUNES}}}explicit", "false")
    ET.SubElement(channel, f"{{{ITUNES}}}image", href=f"{base}/static/album/cover.png")
    ET.SubElement(channel, f"{{{ITUNES}}}category", text="Education")
    for season, chapter in enumerate(chapters, 1):
        for number, article in enumerate(chapter.articles, 1):
            if sound := recorded(article.id):
                item = _episode(article, sound, base, zone)
                _text(item, f"{{{ITUNES}}}season", str(season))
                _text(item, f"{{{ITUNES}}}episode", str(number))
                named = _text(item, f"{{{PODCAST}}}season", str(season))
                named.set("name", chapter.title)
                channel.append(item)
    return bytes(ET.tostring(root, "utf-8", xml_declaration=True))


def _episode(article: Article, sound: Recorded, base: str, zone: dt.tzinfo) -> ET.Element:
    item = ET.Element("item")
    _text(item, "title", article.title)
    _text(item, "link", f"{base}/album#{article.id}")
    sources = "；".join(source.cite() for source in article.sources)
    _text(item, "description", f"{article.spoken}\n\n依据：{sources}")
    _text(item, "guid", f"xiaobao:{article.id}").set("isPermaLink", "false")
    published = dt.datetime.combine(article.effective, dt.time(8), zone)
    _text(item, "pubDate", format_datetime(published))
    address = f"{base}/album/{article.id}.mp3"
    ET.SubElement(item, "enclosure", url=address, length=str(sound.size), type="audio/mpeg")
    _text(item, f"{{{ITUNES}}}duration", str(sound.seconds))
    return item


def _text(parent: ET.Element, tag: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = text
    return element
