"""The officers' page counts its lists at each look; the journal is read by what it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_UNTOLD = sa.text("untold")
_COLUMNS = ("owner", "merged_into", "extension_asked_by")


def upgrade() -> None:
    for column in _COLUMNS:
        op.create_index(f"ix_complaints_{column}", "complaints", [column])
    op.create_index(
        "ix_complaint_steps_untold",
        "complaint_steps",
        ["complaint"],
        sqlite_where=_UNTOLD,
        postgresql_where=_UNTOLD,
    )
    op.create_index("ix_journal_subject", "journal", ["subject"])


def downgrade() -> None:
    op.drop_index("ix_journal_subject", "journal")
    op.drop_index("ix_complaint_steps_untold", "complaint_steps")
    for column in _COLUMNS:
        op.drop_index(f"ix_complaints_{column}", "complaints")
