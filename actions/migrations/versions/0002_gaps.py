"""Questions that found no answer."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "gaps",
        sa.Column("id", id_, primary_key=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("question", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("settled", Instant()),
    )
    op.create_index("ix_gaps_settled", "gaps", ["settled"])


def downgrade() -> None:
    op.drop_table("gaps")
