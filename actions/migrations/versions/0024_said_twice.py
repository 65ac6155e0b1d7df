"""What an agent's telephone says twice is done once: the key of a note, the code of a link."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("phones", sa.Column("code", sa.String(length=64)))
    op.add_column("notes", sa.Column("key", sa.String(length=64)))
    op.create_index("ix_notes_key", "notes", ["conversation", "key"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_notes_key", "notes")
    for table, column in (("notes", "key"), ("phones", "code")):
        with op.batch_alter_table(table) as altered:
            altered.drop_column(column)
