"""The queue's whole life: who attends, teams, callbacks, notes, presence, known customers."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0010"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    with op.batch_alter_table("agents") as table:
        table.add_column(sa.Column("team", sa.String(length=40)))
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("person", sa.String(length=64)))
    op.create_index("ix_conversations_person", "conversations", ["person"])
    with op.batch_alter_table("handoffs") as table:
        for name in ("elder", "in_hours"):
            table.add_column(
                sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
            )
        table.add_column(sa.Column("wanted", _ID))
        table.add_column(sa.Column("team", sa.String(length=40)))
        for name in ("reserved", "held", "attended"):
            table.add_column(sa.Column(name, Instant()))
        for name in ("waited_s", "handling_s", "score"):
            table.add_column(sa.Column(name, sa.Integer()))
        table.add_column(sa.Column("outcome", sa.String(length=20)))
        table.create_foreign_key("fk_handoffs_wanted", "agents", ["wanted"], ["id"])
    op.create_index("ix_handoffs_requested", "handoffs", ["requested"])
    op.create_index("ix_handoffs_accepted", "handoffs", ["accepted"])
    op.create_index("ix_handoffs_ended", "handoffs", ["ended"])
    is_open = sa.text("state IN ('waiting', 'accepted')")
    op.create_index(
        "uq_handoffs_open",
        "handoffs",
        ["conversation"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "guests",
        sa.Column("handoff", _ID, sa.ForeignKey("handoffs.id"), primary_key=True),
        sa.Column("agent", _ID, sa.ForeignKey("agents.id"), primary_key=True),
        sa.Column("joined", Instant(), nullable=False),
    )
    op.create_table(
        "presences",
        sa.Column("agent", _ID, sa.ForeignKey("agents.id"), primary_key=True),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("seen", Instant(), nullable=False),
    )
    op.create_table(
        "callbacks",
        sa.Column("handoff", _ID, sa.ForeignKey("handoffs.id"), primary_key=True),
        sa.Column("contact", sa.LargeBinary()),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("created", Instant(), nullable=False),
        sa.Column("promised", Instant(), nullable=False),
        sa.Column("done", Instant()),
        sa.Column("agent", _ID, sa.ForeignKey("agents.id")),
    )
    op.create_index("ix_callbacks_done_promised", "callbacks", ["done", "promised"])
    op.create_table(
        "notes",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("conversation", _ID, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("agent", _ID, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    )
    op.create_index("ix_notes_conversation", "notes", ["conversation"])
    op.create_table(
        "persons",
        sa.Column("key", sa.String(length=64), primary_key=True),
        sa.Column("birth_year", sa.Integer()),
        sa.Column("elder", sa.Boolean()),
    )


def downgrade() -> None:
    for name in ("persons", "notes", "callbacks", "presences", "guests"):
        op.drop_table(name)
    op.drop_index("uq_handoffs_open", "handoffs")
    op.drop_index("ix_handoffs_ended", "handoffs")
    op.drop_index("ix_handoffs_accepted", "handoffs")
    op.drop_index("ix_handoffs_requested", "handoffs")
    with op.batch_alter_table("handoffs") as table:
        table.drop_constraint("fk_handoffs_wanted", type_="foreignkey")
        for name in (
            *("elder", "in_hours", "wanted", "team", "reserved", "held", "attended"),
            *("waited_s", "handling_s", "score", "outcome"),
        ):
            table.drop_column(name)
    op.drop_index("ix_conversations_person", "conversations")
    with op.batch_alter_table("conversations") as table:
        table.drop_column("person")
    with op.batch_alter_table("agents") as table:
        table.drop_column("team")
