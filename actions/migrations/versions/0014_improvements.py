"""Tasks that put the causes of complaints right."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "improvements",
        sa.Column("id", id_, primary_key=True),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("change", sa.String(1000), nullable=False),
        sa.Column("owner", id_, sa.ForeignKey("agents.id"), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("cause", sa.String(80), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("opened", Instant(), nullable=False),
        sa.Column("done_on", sa.Date()),
        sa.Column("done_by", id_, sa.ForeignKey("agents.id")),
    )
    op.create_table(
        "improvement_complaints",
        sa.Column("improvement", id_, sa.ForeignKey("improvements.id"), primary_key=True),
        sa.Column("complaint", id_, sa.ForeignKey("complaints.id"), primary_key=True),
    )


def downgrade() -> None:
    op.drop_table("improvement_complaints")
    op.drop_table("improvements")
