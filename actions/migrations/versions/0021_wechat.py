"""WeChat and WeCom: responses to messages, quota ledgers, values that gateways share."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "responses",
        sa.Column("turn", _ID, sa.ForeignKey("messages.id"), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    )
    op.create_index("ix_responses_at", "responses", ["at"])
    op.create_table(
        "ledgers",
        sa.Column("conversation", _ID, sa.ForeignKey("conversations.id"), primary_key=True),
        sa.Column("message_mark", _ID),
        sa.Column("message_used", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("event_mark", _ID),
        sa.Column("event_used", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("elsewhere", Instant()),
        sa.Column("code", sa.LargeBinary()),
        sa.Column("code_until", Instant()),
    )
    op.create_table(
        "shared_values",
        sa.Column("name", sa.String(length=120), primary_key=True),
        sa.Column("value", sa.LargeBinary()),
        sa.Column("expires", Instant()),
        sa.Column("lease", sa.String(length=16)),
        sa.Column("leased_until", Instant()),
    )


def downgrade() -> None:
    for name in ("shared_values", "ledgers", "responses"):
        op.drop_table(name)
