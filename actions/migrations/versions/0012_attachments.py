"""Pictures, voice notes and papers that customers send, sealed in files beside the database."""

import sqlalchemy as sa
from alembic import op

from actions.tables import Instant

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    id_ = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "attachments",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("conversation", id_, sa.ForeignKey("conversations.id"), nullable=False),
        sa.Column("message", id_, sa.ForeignKey("messages.id"), nullable=False),
        sa.Column("complaint", id_, sa.ForeignKey("complaints.id")),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(40), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
    )
    op.create_index("ix_attachments_conversation", "attachments", ["conversation"])
    op.create_index("ix_attachments_complaint", "attachments", ["complaint"])


def downgrade() -> None:
    op.drop_table("attachments")
