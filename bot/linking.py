"""The same person on several channels: a code is shown on one and typed on the other."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection

from actions.links import Joined
from bot.abilities import Actions
from bot.conversations import Conversation, ConversationStore
from bot.decision import JoinLink, LeaveLink, OfferLink
from bot.phrases import Phrases
from bot.turn import Author, Reply


class Linking:
    """Works within the turn's transaction."""

    def __init__(self, store: ConversationStore, actions: Actions, phrases: Phrases) -> None:
        self._store = store
        self._actions = actions
        self._phrases = phrases

    def perform(
        self,
        tx: Connection,
        conversation: Conversation,
        effect: OfferLink | JoinLink | LeaveLink,
        now: dt.datetime,
    ) -> Reply:
        """Do it, and what its customer is told."""
        says, links, id_ = self._phrases, self._actions.links, conversation.id
        match effect:
            case OfferLink():
                return says.link_code(links.offer(tx, id_, now))
            case JoinLink(code):
                return self._join(tx, conversation, code, now)
            case LeaveLink():
                return says.unlinked(was_linked=links.leave(tx, id_, now))

    def _join(self, tx: Connection, this: Conversation, code: str, now: dt.datetime) -> Reply:
        """Link two conversations; the other one is told, in case its customer knows nothing."""
        joined, id_ = self._actions.links.join(tx, this.id, code, now)
        if joined is Joined.LINKED:
            words = self._phrases.linked_elsewhere()
            self._store.add_note(tx, id_, Author.SYSTEM, words, now)
            if this.elder or self._store.fresh(tx, id_).elder:
                person = self._actions.links.person(tx, this.id)
                self._actions.queue.persons.choose(tx, person, elder=True)
        return self._phrases.link_result(joined)
