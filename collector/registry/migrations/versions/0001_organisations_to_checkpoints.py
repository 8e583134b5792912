"""Organisations, projects, keys, users, login sessions, memberships, job checkpoints."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def _moment(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _reference(name: str, target: str, *, primary_key: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey(target, ondelete="CASCADE")
    return sa.Column(name, sa.Text, key, primary_key=primary_key, nullable=not primary_key)


def upgrade() -> None:
    """Creates the first tables."""
    _organisations_and_projects()
    _keys()
    _users()
    _memberships()
    op.create_table(
        "job_checkpoints",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("body", sa.Text, nullable=False, server_default=sa.text("'{}'")),
        _moment("updated_ms"),
    )


def _organisations_and_projects() -> None:
    op.create_table(
        "organisations",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False, server_default="{}"),
        _moment("created_ms"),
        _moment("updated_ms"),
    )
    op.create_table(
        "projects",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("organisation_id", sa.Text, sa.ForeignKey("organisations.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("retention_days", sa.Integer),
        sa.Column("metadata", sa.Text, nullable=False, server_default="{}"),
        _moment("created_ms"),
        _moment("updated_ms"),
        _moment("deleted_ms", nullable=True),
    )
    op.create_index("ix_projects_organisation_id", "projects", ["organisation_id"])


def _keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text, primary_key=True),
        _reference("project_id", "projects.id"),
        _reference("organisation_id", "organisations.id"),
        sa.Column("public_key", sa.Text, nullable=False, unique=True),
        sa.Column("fast_hashed_secret_key", sa.Text, nullable=False, unique=True),
        sa.Column("hashed_secret_key", sa.Text),
        sa.Column("display_secret_key", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        _moment("created_ms"),
        _moment("expires_ms", nullable=True),
        _moment("last_used_ms", nullable=True),
        sa.CheckConstraint(
            "(project_id is null) <> (organisation_id is null)", name="api_keys_scope"
        ),
    )
    op.create_index("ix_api_keys_project_id", "api_keys", ["project_id"])
    op.create_index("ix_api_keys_organisation_id", "api_keys", ["organisation_id"])


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("email", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text),
        _moment("created_ms"),
        _moment("updated_ms"),
    )
    op.create_table(
        "login_sessions",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column(
            "user_id", sa.Text, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
        ),
        _moment("created_ms"),
        _moment("expires_ms"),
    )
    op.create_index("ix_login_sessions_user_id", "login_sessions", ["user_id"])


def _memberships() -> None:
    op.create_table(
        "memberships",
        _reference("organisation_id", "organisations.id", primary_key=True),
        _reference("user_id", "users.id", primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        _moment("created_ms"),
        _moment("updated_ms"),
    )
    op.create_table(
        "project_memberships",
        _reference("project_id", "projects.id", primary_key=True),
        _reference("user_id", "users.id", primary_key=True),
        sa.Column("role", sa.Text, nullable=False),
        _moment("created_ms"),
        _moment("updated_ms"),
    )
