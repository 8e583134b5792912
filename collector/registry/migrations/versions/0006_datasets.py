"""Datasets, the versions of their items, runs, and what each run made of which item."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _project(*, primary_key: bool = False) -> sa.Column[str]:
    key = sa.ForeignKey("projects.id", ondelete="CASCADE")
    return sa.Column("project_id", sa.Text, key, primary_key=primary_key, nullable=False)


def _dataset() -> sa.Column[str]:
    key = sa.ForeignKey("datasets.id", ondelete="CASCADE")
    return sa.Column("dataset_id", sa.Text, key, nullable=False)


def _moments() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("updated_ms", sa.BigInteger, nullable=False),
    )


def upgrade() -> None:
    """Creates the four tables."""
    op.create_table(
        "datasets",
        sa.Column("id", sa.Text, primary_key=True),
        _project(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("metadata", sa.Text),
        sa.Column("input_schema", sa.Text),
        sa.Column("expected_output_schema", sa.Text),
        *_moments(),
    )
    op.create_index("ux_datasets_project_id_name", "datasets", ["project_id", "name"], unique=True)
    _items()
    op.create_table(
        "dataset_runs",
        _project(primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        _dataset(),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("metadata", sa.Text),
        *_moments(),
        sa.Column("deleted_ms", sa.BigInteger),
    )
    names = ["dataset_id", "name"]
    op.create_index("ux_dataset_runs_dataset_id_name", "dataset_runs", names, unique=True)
    op.create_table(
        "dataset_run_items",
        _project(primary_key=True),
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("item_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("item_version_ms", sa.BigInteger),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("observation_id", sa.Text),
        *_moments(),
    )
    order = ["project_id", "run_id", "created_ms"]
    op.create_index("ix_dataset_run_items_created_ms", "dataset_run_items", order)


def _items() -> None:
    op.create_table(
        "dataset_items",
        _project(primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("valid_from_ms", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("valid_to_ms", sa.BigInteger),
        _dataset(),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("is_deleted", sa.Boolean, nullable=False),
        sa.Column("input", sa.Text),
        sa.Column("expected_output", sa.Text),
        sa.Column("metadata", sa.Text),
        sa.Column("source_trace_id", sa.Text),
        sa.Column("source_observation_id", sa.Text),
        sa.Column("size_bytes", sa.BigInteger, nullable=False),
    )
    for name in ("dataset_id", "project_id"):
        columns = [name, "valid_to_ms", "is_deleted", "status", "valid_from_ms"]
        op.create_index(f"ix_dataset_items_{name}", "dataset_items", columns)
