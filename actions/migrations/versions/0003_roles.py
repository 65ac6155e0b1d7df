"""What an account may do, and whom to remind."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("agents") as table:
        table.add_column(
            sa.Column("roles", sa.String(length=80), nullable=False, server_default="agent")
        )
        table.add_column(sa.Column("email", sa.String(length=120)))
        table.add_column(
            sa.Column("superior", sa.BigInteger().with_variant(sa.Integer(), "sqlite"))
        )
        table.create_foreign_key("fk_agents_superior", "agents", ["superior"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("agents") as table:
        table.drop_column("superior")
        table.drop_column("email")
        table.drop_column("roles")
