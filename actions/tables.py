"""Every table. Text that customers wrote, and how to reach them, is sealed (LargeBinary)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    false,
    text,
)


class Instant(TypeDecorator[dt.datetime]):
    """A moment: aware in Python, UTC in the database (SQLite keeps no time zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Aware → UTC. Raises ValueError on a moment without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """UTC as stored → aware."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=dt.UTC)


_Id = BigInteger().with_variant(Integer(), "sqlite")
"""SQLite counts rows up only under INTEGER."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", LargeBinary, nullable=False),
)

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", Integer, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("channel", String(20), nullable=False),
    Column("user", String(128), nullable=False),
    Column("mode", String(10), nullable=False),
    Column("elder", Boolean, nullable=False),
    Column("state", LargeBinary, nullable=False),
    Column("created", Instant, nullable=False),
    Column("updated", Instant, nullable=False),
    Column("person", String(64), index=True),
    UniqueConstraint("channel", "user"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("author", String(10), nullable=False),
    Column("name", String(60)),
    Column("content", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Column("message_id", String(64)),
    Column("answers", _Id),
    Column("route", String(12)),
    UniqueConstraint("conversation", "message_id"),
    Index("ix_messages_conversation_id", "conversation", "id"),
    Index("ix_messages_answers", "answers"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("channel", String(20), nullable=False),
    Column("message", ForeignKey("messages.id"), nullable=False, unique=True),
    Column("created", Instant, nullable=False),
    # Not before this moment; while it is under way, until when its sender has it.
    Column("due", Instant, nullable=False),
    Column("lease", String(16)),
    Column("attempts", Integer, nullable=False),
    Column("parts", Integer, nullable=False),
    Column("settled", Instant),
    Column("given_up", Boolean, nullable=False, server_default=false()),
    Column("failure", String(200)),
)
_unsent = outbox.c.settled.is_(None)
Index(
    "ix_outbox_due",
    outbox.c.channel,
    outbox.c.due,
    sqlite_where=_unsent,
    postgresql_where=_unsent,
)
Index(
    "ix_outbox_conversation",
    outbox.c.conversation,
    outbox.c.id,
    sqlite_where=_unsent,
    postgresql_where=_unsent,
)

# What was said in the response to a customer's message: the same message, delivered again, gets it
# again.
responses = Table(
    "responses",
    metadata,
    Column("turn", ForeignKey("messages.id"), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

# How much of its quota each customer's newest message and newest event have left.
ledgers = Table(
    "ledgers",
    metadata,
    Column("conversation", ForeignKey("conversations.id"), primary_key=True),
    Column("message_mark", _Id),
    Column("message_used", Integer, nullable=False, server_default="0"),
    Column("event_mark", _Id),
    Column("event_used", Integer, nullable=False, server_default="0"),
    # Since when the platform's own agents have the customer.
    Column("elsewhere", Instant),
    # A code of the platform's, by which one message may be sent whatever the quota.
    Column("code", LargeBinary),
    Column("code_until", Instant),
)

# What all gateways share with a platform: access tokens, and how far its messages were fetched.
shared_values = Table(
    "shared_values",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("value", LargeBinary),
    Column("expires", Instant),
    Column("lease", String(16)),
    Column("leased_until", Instant),
)

link_codes = Table(
    "link_codes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("digest", String(64), nullable=False, index=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("created", Instant, nullable=False),
    Column("expires", Instant, nullable=False),
    Column("used", Instant),
)

link_tries = Table(
    "link_tries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("at", Instant, nullable=False, index=True),
)

complaints = Table(
    "complaints",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("conversation", ForeignKey("conversations.id"), index=True),
    Column("state", String(20), nullable=False),
    Column("draft", LargeBinary, nullable=False),
    Column("received", Instant, nullable=False),
    Column("received_on", Date, nullable=False),
    Column("due", Date, nullable=False),
    Column("source", String(20), nullable=False, server_default="web"),
    Column("branch", String(60), nullable=False, server_default=""),
    Column("product", String(40), nullable=False, server_default=""),
    Column("elder", Boolean, nullable=False, server_default=false()),
    Column("owner", ForeignKey("agents.id")),
    Column("extension", Integer, nullable=False, server_default="0"),
    Column("extension_asked_by", ForeignKey("agents.id")),
    Column("answered_on", Date),
    Column("reviewed", Boolean, nullable=False, server_default=false()),
    Column("ended_on", Date),
    Column("recused", String(200), nullable=False, server_default=""),
    Column("merged_into", String(16), nullable=False, server_default=""),
    Column("mediation_case", String(120), nullable=False, server_default=""),
    Column("code_channel", String(80)),
    Column("code_business", String(80)),
    Column("code_cause", String(80)),
    Column("related", String(200), nullable=False, server_default=""),
    Index("ix_complaints_state_due", "state", "due"),
    Index("ix_complaints_received_on", "received_on"),
    Index("ix_complaints_owner", "owner"),
    Index("ix_complaints_merged_into", "merged_into"),
    Index("ix_complaints_extension_asked_by", "extension_asked_by"),
)

_untold = text("untold")
"""Few steps are; the index holds only these."""

complaint_steps = Table(
    "complaint_steps",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("complaint", ForeignKey("complaints.id"), nullable=False, index=True),
    Column("step", String(20), nullable=False),
    Column("at", Instant, nullable=False),
    Column("account", ForeignKey("agents.id")),
    Column("state", String(20), nullable=False),
    Column("due", Date, nullable=False),
    Column("detail", LargeBinary, nullable=False),
    Column("untold", Boolean, nullable=False),
    Index("ix_complaint_steps_untold", "complaint", sqlite_where=_untold, postgresql_where=_untold),
)

complaint_terms = Table(
    "complaint_terms",
    metadata,
    Column("term", BigInteger, primary_key=True, autoincrement=False),
    Column("complaint", ForeignKey("complaints.id"), primary_key=True),
    sqlite_with_rowid=False,
)

attachments = Table(
    "attachments",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("message", ForeignKey("messages.id"), nullable=False),
    Column("complaint", ForeignKey("complaints.id"), index=True),
    Column("digest", String(64), nullable=False),
    Column("media_type", String(40), nullable=False),
    Column("size", Integer, nullable=False),
    Column("name", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
)

improvements = Table(
    "improvements",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("title", String(120), nullable=False),
    Column("change", String(1_000), nullable=False),
    Column("owner", ForeignKey("agents.id"), nullable=False),
    Column("due", Date, nullable=False),
    Column("cause", String(80), nullable=False),
    Column("stage", String(20), nullable=False),
    Column("opened", Instant, nullable=False),
    Column("done_on", Date),
    Column("done_by", ForeignKey("agents.id")),
)

improvement_complaints = Table(
    "improvement_complaints",
    metadata,
    Column("improvement", ForeignKey("improvements.id"), primary_key=True),
    Column("complaint", ForeignKey("complaints.id"), primary_key=True),
)

reminders = Table(
    "reminders",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("complaint", ForeignKey("complaints.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("account", ForeignKey("agents.id"), nullable=False),
    Column("way", String(10), nullable=False),
    Column("message", String(40), nullable=False, index=True),
    Column("state", String(10), nullable=False),
    Column("made", Instant, nullable=False),
    Column("next_try", Instant, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", String(200), nullable=False),
    UniqueConstraint("complaint", "kind", "day", "account", "way"),
    Index("ix_reminders_state_next_try", "state", "next_try"),
)

imports = Table(
    "imports",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("complaint", ForeignKey("complaints.id"), nullable=False),
    Column("at", Instant, nullable=False),
)

service_requests = Table(
    "service_requests",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("conversation", ForeignKey("conversations.id"), nullable=False),
    Column("details", LargeBinary, nullable=False),
    Column("received", Instant, nullable=False),
)

handoffs = Table(
    "handoffs",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("number", String(16), nullable=False, unique=True),
    Column("state", String(10), nullable=False),
    Column("urgency", String(10), nullable=False),
    Column("reason", String(60), nullable=False),
    Column("requested", Instant, nullable=False, index=True),
    Column("rank", Instant, nullable=False),
    Column("agent", ForeignKey("agents.id")),
    Column("accepted", Instant, index=True),
    Column("ended", Instant, index=True),
    # When the request was made: for the figures.
    Column("elder", Boolean, nullable=False, server_default=false()),
    Column("in_hours", Boolean, nullable=False, server_default=false()),
    # Transferred: for whom it is kept, until when, after that for everybody.
    Column("wanted", ForeignKey("agents.id")),
    Column("team", String(40)),
    Column("reserved", Instant),
    # The present agent: since when, and since when they write.
    Column("held", Instant),
    Column("attended", Instant),
    Column("waited_s", Integer),
    Column("handling_s", Integer),
    Column("outcome", String(20)),
    Column("score", Integer),
    Index("ix_handoffs_state_rank", "state", "rank"),
    Index(
        "uq_handoffs_open",
        "conversation",
        unique=True,
        sqlite_where=text("state IN ('waiting', 'accepted')"),
        postgresql_where=text("state IN ('waiting', 'accepted')"),
    ),
)

guests = Table(
    "guests",
    metadata,
    Column("handoff", ForeignKey("handoffs.id"), primary_key=True),
    Column("agent", ForeignKey("agents.id"), primary_key=True),
    Column("joined", Instant, nullable=False),
)

presences = Table(
    "presences",
    metadata,
    Column("agent", ForeignKey("agents.id"), primary_key=True),
    Column("status", String(10), nullable=False),
    Column("seen", Instant, nullable=False),
)

callbacks = Table(
    "callbacks",
    metadata,
    Column("handoff", ForeignKey("handoffs.id"), primary_key=True),
    Column("contact", LargeBinary),
    Column("reason", String(20), nullable=False),
    Column("created", Instant, nullable=False),
    Column("promised", Instant, nullable=False),
    Column("done", Instant),
    Column("agent", ForeignKey("agents.id")),
    Index("ix_callbacks_done_promised", "done", "promised"),
)

notes = Table(
    "notes",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("conversation", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("agent", ForeignKey("agents.id"), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    # The same for the same note, where it may come twice.
    Column("key", String(64)),
    Index("ix_notes_key", "conversation", "key", unique=True),
)

persons = Table(
    "persons",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("birth_year", Integer),
    Column("elder", Boolean),
)

gaps = Table(
    "gaps",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("question", LargeBinary, nullable=False),
    Column("at", Instant, nullable=False),
    Column("settled", Instant, index=True),
)

agents = Table(
    "agents",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("login", String(40), nullable=False, unique=True),
    Column("name", String(60), nullable=False),
    Column("password", String(200), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Instant),
    Column("roles", String(80), nullable=False, server_default="agent"),
    Column("email", String(120)),
    Column("superior", ForeignKey("agents.id")),
    Column("team", String(40)),
    Column("telegram", String(40)),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("agent", ForeignKey("agents.id"), nullable=False),
    Column("expires", Instant, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("actor", String(80), nullable=False),
    Column("action", String(40), nullable=False),
    Column("subject", String(80), nullable=False, index=True),
    Column("detail", String(500), nullable=False),
    Column("digest", String(64), nullable=False),
)

# Agents on their telephone: which Telegram account is whose, and until when it stands for an open
# desk.
phones = Table(
    "phones",
    metadata,
    Column("user", BigInteger, primary_key=True, autoincrement=False),
    Column("agent", ForeignKey("agents.id"), nullable=False, unique=True),
    Column("linked", Instant, nullable=False),
    Column("duty_until", Instant),
    # The digest of the code that linked it.
    Column("code", String(64)),
)

phone_codes = Table(
    "phone_codes",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("agent", ForeignKey("agents.id"), nullable=False),
    Column("expires", Instant, nullable=False),
)

# One forum topic for each customer whom the agents' group was shown, and how far it is.
topics = Table(
    "topics",
    metadata,
    Column("conversation", ForeignKey("conversations.id"), primary_key=True),
    # None until it is made, and after somebody has deleted it.
    Column("thread", BigInteger, unique=True),
    # The request that it is about now; None while nothing is going on.
    Column("handoff", ForeignKey("handoffs.id"), index=True),
    # The message with the buttons, and which state of the request it shows.
    Column("card", BigInteger),
    Column("shows", String(120), nullable=False),
    # The row of the newest message that is in the topic.
    Column("reached", _Id, nullable=False),
)

# Telephone calls. A call without an end is going on, or its gateway was killed.
calls = Table(
    "calls",
    metadata,
    Column("id", _Id, primary_key=True),
    # A call that comes back, since nobody took it, begins anew under its UUID.
    Column("uuid", String(36), nullable=False),
    Column("conversation", ForeignKey("conversations.id"), nullable=False, index=True),
    Column("began", Instant, nullable=False, index=True),
    Column("ended", Instant),
    Column("ending", String(10)),
    Column("rate", Integer, nullable=False),
    # The calling number; None where it was not shown.
    Column("caller", LargeBinary),
    # The file of its sound; None where it was not recorded.
    Column("recording", String(32)),
    # Bytes of sound and how long it lasts; None while it is written, and where it was cut off.
    Column("size", BigInteger),
    Column("recorded_ms", Integer),
    # Sound that is silence in the recording, because the disk or the processor could not keep up.
    Column("missed_ms", Integer, nullable=False, server_default="0"),
    # When the sound was deleted; the rest stays.
    Column("deleted", Instant),
    UniqueConstraint("uuid", "began"),
)

# Where the time of each turn went. A step that the turn did not have is None.
call_turns = Table(
    "call_turns",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("call", ForeignKey("calls.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("endpoint_ms", Integer),
    Column("text_ms", Integer),
    Column("understanding_ms", Integer),
    Column("answer_ms", Integer),
    Column("first_audio_ms", Integer),
    UniqueConstraint("call", "number"),
)
