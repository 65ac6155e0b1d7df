"""The outbox: what is owed to customers whose platform must be sent to."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0020"
down_revision = "0010"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("conversation", _ID, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("channel", sa.String(length=20), nullable=False),
        sa.Column("message", _ID, sa.ForeignKey("messages.id"), nullable=False, unique=True),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("due", Instant(), nullable=False),
        sa.Column("lease", sa.String(length=16)),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("settled", Instant()),
        sa.Column("given_up", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("failure", sa.String(length=200)),
    )
    for name, columns in (
        ("ix_outbox_due", ["channel", "due"]),
        ("ix_outbox_conversation", ["conversation", "id"]),
    ):
        unsent = sa.text("settled IS NULL")
        op.create_index(name, "outbox", columns, sqlite_where=unsent, postgresql_where=unsent)


def downgrade() -> None:
    op.drop_table("outbox")
