"""Telephone calls: how they ended, where each turn's time went, and where the recording is."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_STEPS = ("endpoint", "text", "understanding", "answer", "first_audio")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("conversation", _ID, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("began", Instant(), nullable=False),
        sa.Column("ended", Instant()),
        sa.Column("ending", sa.String(length=10)),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("caller", sa.LargeBinary()),
        sa.Column("recording", sa.String(length=32)),
        sa.Column("size", sa.BigInteger()),
        sa.Column("recorded_ms", sa.Integer()),
        sa.Column("missed_ms", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("deleted", Instant()),
        sa.UniqueConstraint("uuid", "began", name="uq_calls_uuid"),
    )
    op.create_index("ix_calls_conversation", "calls", ["conversation"])
    op.create_index("ix_calls_began", "calls", ["began"])
    op.create_table(
        "call_turns",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("call", _ID, sa.ForeignKey("calls.id"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        *(sa.Column(f"{step}_ms", sa.Integer()) for step in _STEPS),
        sa.UniqueConstraint("call", "number", name="uq_call_turns_call"),
    )


def downgrade() -> None:
    for name in ("call_turns", "calls"):
        op.drop_table(name)
