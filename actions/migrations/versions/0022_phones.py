"""Agents on their telephone: linked Telegram accounts, their codes, and the topics they work in."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "phones",
        sa.Column("user", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("agent", _ID, sa.ForeignKey("agents.id"), nullable=False, unique=True),
        sa.Column("linked", Instant(), nullable=False),
        sa.Column("duty_until", Instant()),
    )
    op.create_table(
        "phone_codes",
        sa.Column("digest", sa.String(length=64), primary_key=True),
        sa.Column("agent", _ID, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("expires", Instant(), nullable=False),
    )
    op.create_table(
        "topics",
        sa.Column("conversation", _ID, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("thread", sa.BigInteger(), unique=True),
        sa.Column("handoff", _ID, sa.ForeignKey("handoffs.id")),
        sa.Column("card", sa.BigInteger()),
        sa.Column("shows", sa.String(length=120), nullable=False),
        sa.Column("reached", _ID, nullable=False),
    )
    op.create_index("ix_topics_handoff", "topics", ["handoff"])


def downgrade() -> None:
    for name in ("topics", "phone_codes", "phones"):
        op.drop_table(name)
