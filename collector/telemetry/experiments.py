"""Spans that stand for items of experiments on datasets, in the order in which they were stored."""

from collections.abc import Iterable
from typing import Any

from collector.telemetry import folding
from collector.telemetry.catalog import Catalog, Snapshot
from collector.telemetry.engine import rows
from collector.telemetry.querying import Cursor
from collector.telemetry.sql import statement

Row = dict[str, Any]
Place = tuple[int, str]
"""`updated_ms` and id of a span."""


def roots(
    catalog: Catalog,
    project_id: str,
    after: Place,
    limit: int,
    cursor: Cursor,
    snapshot: Snapshot,
) -> list[Row]:
    """The first of each file that come after a place; what was sealed before it has none."""
    after_ms, after_id = after
    scope = {"project_id": project_id, "limit": limit, "after_ms": after_ms, "after_id": after_id}
    found: list[Row] = []
    for file in snapshot.files:
        if not file.is_hot and file.created_ms < after_ms:
            continue
        with catalog.attached(file):
            is_buried = folding.is_buried(file, snapshot)
            text = folding.unburied("observations") if is_buried else "true"
            query = statement("reads/experiment_roots", at=file.at, where=text)
            params = scope | folding.buried_params(file, snapshot, "observations")
            found += rows(cursor, query, params)
    return found


def first(found: Iterable[Row], limit: int) -> list[Row]:
    """Of all files."""
    return sorted(found, key=lambda row: (row["updated_ms"], row["id"]))[:limit]
