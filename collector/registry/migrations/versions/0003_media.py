"""Media and the fields they are used in."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """No foreign keys: media often come before, and outlive, what they belong to."""
    op.create_table(
        "media",
        sa.Column("project_id", sa.Text, primary_key=True),
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("content_type", sa.Text, nullable=False),
        sa.Column("content_bytes", sa.BigInteger, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=False),
        sa.Column("uploaded_ms", sa.BigInteger),
        sa.Column("upload_http_status", sa.Integer),
        sa.Column("upload_http_error", sa.Text),
    )
    op.create_table(
        "media_links",
        sa.Column("project_id", sa.Text, primary_key=True),
        sa.Column("media_id", sa.Text, primary_key=True),
        sa.Column("trace_id", sa.Text, primary_key=True),
        sa.Column("observation_id", sa.Text, primary_key=True),
        sa.Column("field", sa.Text, primary_key=True),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_media_links_trace", "media_links", ["project_id", "trace_id"])
