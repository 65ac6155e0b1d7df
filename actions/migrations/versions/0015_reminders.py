"""Reminders that were sent or are to be, rows of files that were imported, chats of accounts."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("agents", sa.Column("telegram", sa.String(40)))
    op.create_table(
        "reminders",
        sa.Column("id", id_, primary_key=True),
        sa.Column("complaint", id_, sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("account", id_, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("way", sa.String(10), nullable=False),
        sa.Column("message", sa.String(40), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("made", Instant(), nullable=False),
        sa.Column("next_try", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(200), nullable=False),
        sa.UniqueConstraint(
            "complaint", "kind", "day", "account", "way", name="uq_reminders_complaint"
        ),
    )
    op.create_index("ix_reminders_message", "reminders", ["message"])
    op.create_index("ix_reminders_state_next_try", "reminders", ["state", "next_try"])
    op.create_table(
        "imports",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("complaint", id_, sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("imports")
    op.drop_table("reminders")
    with op.batch_alter_table("agents") as table:
        table.drop_column("telegram")
