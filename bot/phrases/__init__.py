"""Every sentence of the bot that is not an article: here reviewers read and change them."""

from __future__ import annotations

from bot.phrases.album import AlbumWords
from bot.phrases.branches import BranchWords
from bot.phrases.complaints import ComplaintWords, note, step_buttons
from bot.phrases.delivery import DeliveryWords
from bot.phrases.hotline import HotlineWords
from bot.phrases.knowledge import KnowledgeWords, quiz_options
from bot.phrases.links import LinkWords
from bot.phrases.platforms import PlatformWords
from bot.phrases.queue import QueueWords
from bot.phrases.requests import RequestWords
from bot.phrases.steps import Happened, StepWords
from bot.phrases.talk import Talk

__all__ = ["Happened", "Phrases", "note", "quiz_options", "step_buttons"]


class Phrases(
    Talk,
    KnowledgeWords,
    RequestWords,
    ComplaintWords,
    QueueWords,
    StepWords,
    PlatformWords,
    BranchWords,
    DeliveryWords,
    LinkWords,
    HotlineWords,
    AlbumWords,
):
    """The bot's words for one bank."""
