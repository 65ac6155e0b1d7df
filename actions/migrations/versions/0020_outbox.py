"""The outbox for platforms that must be sent to; codes that link a person's channels."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0020"
down_revision = "0015"
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
    op.create_table(
        "link_codes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("conversation", _ID, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("expires", Instant(), nullable=False),
        sa.Column("used", Instant()),
    )
    op.create_index("ix_link_codes_digest", "link_codes", ["digest"])
    op.create_index("ix_link_codes_conversation", "link_codes", ["conversation"])
    op.create_table(
        "link_tries",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("conversation", _ID, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    )
    op.create_index("ix_link_tries_at", "link_tries", ["at"])


def downgrade() -> None:
    op.drop_table("link_tries")
    op.drop_table("link_codes")
    op.drop_table("outbox")
