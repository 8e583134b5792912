"""Models and their prices."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Creates the table; what it holds from the start comes from the packaged table of prices."""
    op.create_table(
        "models",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Text, sa.ForeignKey("projects.id", ondelete="CASCADE")),
        sa.Column("model_name", sa.Text, nullable=False),
        sa.Column("match_pattern", sa.Text, nullable=False),
        sa.Column("start_ms", sa.BigInteger),
        sa.Column("unit", sa.Text),
        sa.Column("tokenizer_id", sa.Text),
        sa.Column("tokenizer_config", sa.Text),
        sa.Column("tiers", sa.Text, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("priced_on", sa.Text),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("project_id", "model_name", name="models_name"),
    )
    op.create_index("ix_models_model_name", "models", ["model_name"])
