"""What only a telephone call needs: nothing to tap or to read, and keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from actions.queueing import QueuePlace
from audio import Expecting
from bot.phrases.common import Words, day_in
from bot.phrases.queue import promise
from bot.turn import HUMAN_BUTTON, Button, ComplaintNote, Reply
from knowledge.article import Article

_SPOKEN = {"sms": "短信", "wechat": "微信", "wecom": "微信", "telegram": "电报"}
"""Channels by which a caller can be sent something, as they are called aloud."""
REPEAT = Button("再说一遍", "/repeat")
COPY = Button("发给我", "/copy")


class HotlineWords(Words):
    """Short, and complete without a screen."""

    def call_greeting(self) -> Reply:
        """The first sentence names the way to a human, and the recording."""
        recorded = "，本次通话会录音" if self.recorded else ""
        return Reply(
            f"您好，随时按零或者说人工，就有真人接听{recorded}。"
            f"我是{self.bank}的消保小宝，请问您想问什么？"
        )

    def connecting(self) -> Reply:
        """A human was asked for: the exchange takes over when this has been heard."""
        return Reply("好的，马上为您转人工，请不要挂机。")

    def all_busy(self) -> Reply:
        """More calls than can be heard well."""
        return Reply("现在打进来的人很多，马上为您转人工，请不要挂机。")

    def out_of_order(self) -> Reply:
        """Nothing can be understood or stored; a human can."""
        return Reply("对不起，我这里出了点问题，马上为您转人工，请不要挂机。")

    def human_offered(self) -> Reply:
        """Nothing was heard for the second time."""
        return Reply(
            "我没有听到您说话。要帮您转人工吗？您说好的，或者按零，都可以。",
            buttons=(HUMAN_BUTTON,),
            awaits=Expecting.CHOICE,
        )

    def not_clear(self) -> Reply:
        """Somebody spoke, and no words came out of it."""
        return Reply("对不起，我没听清。请您靠近话筒，再说一遍。找真人，请按零。")

    def after_article(self, ways: Sequence[str]) -> Reply:
        """What can be done with an answer that was read out. `ways`: channels to send it by."""
        if ways:
            how = "或者".join(_SPOKEN[way] for way in ways)
            return Reply(
                f"要我再说一遍，还是用{how}发给您？也可以接着问。",
                buttons=(REPEAT, COPY),
            )
        return Reply("要我再说一遍吗？也可以接着问。", buttons=(REPEAT,))

    def which_chapter(self, titles: Mapping[str, str]) -> Reply:
        """After 听课. `titles`: of the chapters, by topic."""
        buttons = tuple(Button(title, f"/album:{topic}") for topic, title in titles.items())
        return Reply("消保之声，一篇一篇讲给您听。您想听哪一方面？", buttons=buttons)

    def lesson(self, article: Article, episode: Sequence[str], following: Article) -> Reply:
        """One episode, and the way to the next."""
        asked = f"下一课讲的是，{following.title}。要听下一课吗？"
        return Reply(
            f"消保之声：{article.title}",
            spoken="\n".join((*episode, asked)),
            buttons=(Button("下一课", f"/album:{following.id}"),),
        )

    def copy_sent(self, way: str) -> Reply:
        """The article is on its way by this channel."""
        return Reply(f"好的，用{_SPOKEN[way]}发给您了。您还想问什么？")

    def copy_impossible(self) -> Reply:
        """No platform is linked with this number, and no text message may go to it."""
        return Reply(
            "我没法把文字发到您这个电话。要我再说一遍吗？",
            buttons=(REPEAT,),
        )

    def receipt(self, note: ComplaintNote) -> Reply:
        """The text message about a complaint that was made by telephone."""
        due = day_in(dt.date.fromisoformat(note.due))
        return Reply(
            f"您的投诉已经登记，编号 {note.number}，我们最迟在{due}答复您。"
            f"查进度、补充、撤回，请打{self.hotline}。"
        )

    def receipt_sent(self) -> Reply:
        """After the number of a complaint was said."""
        return Reply("编号也用短信发到您打来的这个电话了。")

    def no_such_key(self) -> Reply:
        """A key that chooses nothing."""
        return Reply("这个键没有用到。您直接说就可以，找真人请按零。")

    def faster(self) -> Reply:
        """快一点."""
        return Reply("好的，我说快一点。")

    def louder(self) -> Reply:
        """大声点."""
        return Reply("好的，我大声一点。")

    def softer(self) -> Reply:
        """小声点."""
        return Reply("好的，我小声一点。")

    def loudest(self) -> Reply:
        """There is no louder."""
        return Reply("已经是最大声了。也请您把电话的音量调大一点。")

    def call_back(self, place: QueuePlace, *, knows_number: bool) -> Reply:
        """Nobody took the call in the exchange's queue."""
        by_when = promise(place.promised, self.zone)
        text = f"让您久等了，现在人工都在忙。{by_when}登记号 {place.number}。"
        if not knows_number:
            return Reply(f"{text}请说一下您的电话号码。", handoff=place, awaits=Expecting.NUMBER)
        return Reply(f"{text}我们打您现在这个号码。", handoff=place, ends=True)

    def number_kept(self) -> Reply:
        """The number for the call back."""
        return Reply("号码记下了，请您等我们的电话。再见。", ends=True)
