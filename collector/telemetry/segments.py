"""Writes one sealed segment: a narrow file for lists and sums, a payload file for detail views."""

import os
import re
import time
from pathlib import Path
from typing import Any

import duckdb

from collector.telemetry.engine import Engine, rows
from collector.telemetry.manifest import StoreFile
from collector.telemetry.sql import statement
from collector.telemetry.tables import create_tables

_COPIES = (
    ("narrow", "traces", "id", "sealing_traces"),
    ("narrow", "observations", "trace_id", "sealing_traces"),
    ("narrow", "scores", "id", "sealing_scores"),
    ("narrow", "sessions", "id", "sealing_sessions"),
    ("payload", "trace_payloads", "id", "sealing_traces"),
    ("payload", "observation_payloads", "trace_id", "sealing_traces"),
)
_SCHEMAS = {"narrow": ("narrow", "sessions"), "payload": ("payload",)}


def write(
    engine: Engine,
    cursor: duckdb.DuckDBPyConnection,
    folder: Path,
    old: StoreFile,
    identity: tuple[int, str, str],
) -> StoreFile:
    """Copy one project and month of a hot file into two new files, whole when this returns.

    The cursor holds the plan (`seal/plan_*.sql`). Nothing is listed yet: the caller swaps.
    """
    file_id, project_id, month = identity
    names = _names(file_id, project_id, month)
    at = {"narrow": f"n{file_id}_new", "payload": f"p{file_id}_new"}
    attached: list[str] = []
    try:
        for part, name in names.items():
            engine.attach(at[part], _empty(folder / f"{name}.tmp"), logged=False)
            attached.append(at[part])
            create_tables(cursor, *_SCHEMAS[part], at=at[part])
        summary = _copy(cursor, old.at, at, {"project_id": project_id, "month": month})
    finally:
        for name in attached:
            engine.detach(name)
    for name in names.values():
        _finish(folder / name)
    return StoreFile(
        id=file_id,
        role="segment",
        project_id=project_id,
        month=month,
        narrow_path=names["narrow"],
        payload_path=names["payload"],
        narrow_bytes=(folder / names["narrow"]).stat().st_size,
        payload_bytes=(folder / names["payload"]).stat().st_size,
        created_ms=int(time.time() * 1000),
        **summary,
    )


def _empty(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    return path


def _copy(
    cursor: duckdb.DuckDBPyConnection, old: str, at: dict[str, str], chosen: dict[str, str]
) -> dict[str, Any]:
    """Fill both files; the figures of `seal/summary.sql`."""
    for part, table, column, plan in _COPIES:
        holes = {"to": at[part], "at": old, "table": table, "column": column, "plan": plan}
        cursor.execute(statement("seal/copy_table", **holes), chosen)
    rollups = statement("reads/rollups", at=at["narrow"], where="true")
    cursor.execute(statement("seal/rollups", at=at["narrow"], rollups=rollups))
    summary = rows(cursor, statement("seal/summary", at=at["narrow"]))[0]
    for name in at.values():
        cursor.execute(statement("hot/checkpoint", at=name))
    return summary


def _names(file_id: int, project_id: str, month: str) -> dict[str, str]:
    project = re.sub(r"[^A-Za-z0-9_-]", "_", project_id)[:80]
    stem = f"segments/{project}/{month.replace('-', '/')}/{file_id:08d}"
    return {part: f"{stem}.{part}.duckdb" for part in ("narrow", "payload")}


def _finish(path: Path) -> None:
    """Make a written file whole on the disk under its own name."""
    written = path.with_name(path.name + ".tmp")
    _sync(written)
    written.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
