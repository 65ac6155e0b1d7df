"""Every sentence of the bot that is not an article: here reviewers read and change them."""

from __future__ import annotations

from bot.phrases.branches import BranchWords
from bot.phrases.delivery import DeliveryWords
from bot.phrases.knowledge import KnowledgeWords, quiz_options
from bot.phrases.links import LinkWords
from bot.phrases.platforms import PlatformWords
from bot.phrases.queue import QueueWords
from bot.phrases.requests import RequestWords, note
from bot.phrases.talk import Talk

__all__ = ["Phrases", "note", "quiz_options"]


class Phrases(
    Talk,
    KnowledgeWords,
    RequestWords,
    QueueWords,
    PlatformWords,
    BranchWords,
    DeliveryWords,
    LinkWords,
):
    """The bot's words for one bank."""
