"""Prompts with their versions, labels, tags and dependencies."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Creates the tables."""
    op.create_table(
        "prompts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("project_id", sa.Text, _to("projects.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.UniqueConstraint("project_id", "name", name="prompts_project_id_name"),
    )
    op.create_table(
        "prompt_versions",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("prompt_id", sa.Text, _to("prompts.id"), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean),
        sa.Column("commit_message", sa.Text),
        sa.Column("config", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("prompt_id", "version", name="prompt_versions_prompt_id_version"),
    )
    op.create_index(
        "ix_prompt_versions_listed", "prompt_versions", ["prompt_id", "version", "updated_ms"]
    )
    op.create_index(
        "ix_prompt_versions_newest",
        "prompt_versions",
        ["created_ms", "id", "prompt_id", "version"],
    )
    op.create_table(
        "prompt_labels",
        sa.Column("prompt_id", sa.Text, primary_key=True),
        sa.Column("label", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["prompt_id", "version"],
            ["prompt_versions.prompt_id", "prompt_versions.version"],
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_prompt_labels_prompt_id_version", "prompt_labels", ["prompt_id", "version"])
    op.create_table(
        "prompt_tags",
        sa.Column("prompt_id", sa.Text, _to("prompts.id"), primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
    )
    op.create_table(
        "prompt_dependencies",
        sa.Column("parent_id", sa.Text, _to("prompt_versions.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("project_id", sa.Text, nullable=False),
        sa.Column("child_name", sa.Text, nullable=False),
        sa.Column("child_version", sa.Integer),
        sa.Column("child_label", sa.Text),
    )
    op.create_index(
        "ix_prompt_dependencies_child", "prompt_dependencies", ["project_id", "child_name"]
    )


def _to(column: str) -> sa.ForeignKey:
    return sa.ForeignKey(column, ondelete="CASCADE")
