"""A complaint's whole life: its steps, its coding, and the terms by which it is found."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_NEW: tuple[sa.Column[Any], ...] = (
    sa.Column("received_on", sa.Date()),
    sa.Column("source", sa.String(20), nullable=False, server_default="web"),
    sa.Column("branch", sa.String(60), nullable=False, server_default=""),
    sa.Column("product", sa.String(40), nullable=False, server_default=""),
    sa.Column("elder", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("owner", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
    sa.Column("extension", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("extension_asked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite")),
    sa.Column("answered_on", sa.Date()),
    sa.Column("reviewed", sa.Boolean(), nullable=False, server_default=sa.false()),
    sa.Column("ended_on", sa.Date()),
    sa.Column("recused", sa.String(200), nullable=False, server_default=""),
    sa.Column("merged_into", sa.String(16), nullable=False, server_default=""),
    sa.Column("mediation_case", sa.String(120), nullable=False, server_default=""),
    sa.Column("code_channel", sa.String(80)),
    sa.Column("code_business", sa.String(80)),
    sa.Column("code_cause", sa.String(80)),
    sa.Column("related", sa.String(200), nullable=False, server_default=""),
)


def upgrade() -> None:
    with op.batch_alter_table("complaints") as table:
        for column in _NEW:
            table.add_column(column)
        table.alter_column("conversation", existing_type=sa.BigInteger(), nullable=True)
        table.create_foreign_key("fk_complaints_owner", "agents", ["owner"], ["id"])
        table.create_foreign_key(
            "fk_complaints_extension_asked_by", "agents", ["extension_asked_by"], ["id"]
        )
    _date_the_old_ones()
    with op.batch_alter_table("complaints") as table:
        table.alter_column("received_on", existing_type=sa.Date(), nullable=False)
        table.create_index("ix_complaints_state_due", ["state", "due"])
        table.create_index("ix_complaints_received_on", ["received_on"])
    _make_tables()


def _date_the_old_ones() -> None:
    """A number begins with the day of receipt: 2026112500017."""
    day = "substr(number, 1, 4) || '-' || substr(number, 5, 2) || '-' || substr(number, 7, 2)"
    if op.get_bind().dialect.name == "postgresql":
        day = f"CAST({day} AS DATE)"
    op.execute(f"UPDATE complaints SET received_on = {day}")  # noqa: S608  nothing from outside


def _make_tables() -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "complaint_steps",
        sa.Column("id", id_, primary_key=True),
        sa.Column("complaint", id_, sa.ForeignKey("complaints.id"), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("account", id_, sa.ForeignKey("agents.id")),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=False),
        sa.Column("untold", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_complaint_steps_complaint", "complaint_steps", ["complaint"])
    op.create_table(
        "complaint_terms",
        sa.Column("term", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("complaint", id_, sa.ForeignKey("complaints.id"), primary_key=True),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("complaint_terms")
    op.drop_table("complaint_steps")
    with op.batch_alter_table("complaints") as table:
        table.drop_index("ix_complaints_received_on")
        table.drop_index("ix_complaints_state_due")
        table.drop_constraint("fk_complaints_owner", type_="foreignkey")
        table.drop_constraint("fk_complaints_extension_asked_by", type_="foreignkey")
        for column in _NEW:
            table.drop_column(column.name)
