"""Runs of datasets that exist as spans only: newer SDKs send no run items.

Before runs are read, the spans written since the last time become run items of the registry, so
that every list of runs is one query of one store, whichever generation of SDK made them.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from collector.records.payload import json_text
from collector.registry.dataset_rules import ExperimentRoot, run_id_of
from collector.registry.identifiers import now_ms
from collector.services import Services

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

_ROOTS_MAX: Final = 500
# A clock that was set back a little must not hide a span; folding one twice changes nothing.
_OVERLAP_MS: Final = 5_000
_LOOKING_MS: Final = 3_600_000
# Longer than a flush takes from stamping its rows to committing them.
_IN_FLIGHT_MS: Final = 60_000

Said = dict[str, tuple[str | None, str | None]]


async def fold(services: Services, project_id: str) -> None:
    """Brings the project's runs up to date with what is visible in the trace store."""
    # Imported here and below: it brings SQLAlchemy, a second of the start.
    from collector.registry import checkpoints

    name = _checkpoint(project_id)
    noted = await services.registry.run(lambda connection: checkpoints.read(connection, name)) or {}
    after = (noted.get("written_ms", 0) - _OVERLAP_MS, "")
    recent: list[int] = []
    while True:
        found = await services.reads.experiment_roots(project_id, after, _ROOTS_MAX)
        if not found:
            await _note_looking(services, name, noted)
            return
        last_ms = found[-1]["updated_ms"]
        written = [*recent, *(row["updated_ms"] for row in found)]
        recent = [ms for ms in written if ms >= last_ms - _OVERLAP_MS]
        progress = {"written_ms": last_ms, "recent": len(recent)}
        if progress == noted:
            return
        await _keep(services, project_id, [_root(row) for row in found], progress)
        if len(found) < _ROOTS_MAX:
            return
        after = (last_ms, found[-1]["id"])


async def _note_looking(services: Services, name: str, noted: dict[str, int]) -> None:
    """Old files need not be looked through again; rarely, for it is a write of a read."""
    from collector.registry import checkpoints

    looked_ms = now_ms() - _IN_FLIGHT_MS
    if looked_ms - noted.get("written_ms", 0) > _LOOKING_MS:
        progress = {"written_ms": looked_ms, "recent": 0}
        await services.registry.run(lambda c: checkpoints.write(c, name, progress))


def _checkpoint(project_id: str) -> str:
    return f"experiment runs of {project_id}"


def _root(row: dict[str, Any]) -> ExperimentRoot:
    return ExperimentRoot(
        observation_id=row["id"],
        trace_id=row["trace_id"],
        dataset_id=row["experiment_dataset_id"],
        # PostgreSQL has no text with a NUL in it.
        run_name=row["experiment_name"].replace("\0", ""),
        item_id=row["experiment_item_id"].replace("\0", ""),
        start_ms=row["start_ms"],
        written_ms=row["updated_ms"],
    )


async def _keep(
    services: Services, project_id: str, roots: Sequence[ExperimentRoot], progress: dict[str, int]
) -> None:
    from collector.registry import checkpoints, dataset_runs, datasets

    named = {root.dataset_id for root in roots if "\0" not in root.dataset_id}

    async def look(connection: "AsyncConnection") -> tuple[list[ExperimentRoot], set[str]]:
        existing = await datasets.existing_ids(connection, project_id, named)
        mine = [root for root in roots if root.dataset_id in existing]
        ids = {run_id_of(project_id, root.dataset_id, root.run_name) for root in mine}
        return mine, ids - await dataset_runs.known_ids(connection, project_id, ids)

    mine, unknown = await services.registry.run(look)
    said = await _said(services, project_id, mine, unknown)
    runs_max = services.settings.dataset_runs_max

    async def write(connection: "AsyncConnection") -> None:
        await datasets.take_turn(connection, project_id)
        await dataset_runs.fold(connection, project_id, mine, said, runs_max)
        await checkpoints.write(connection, _checkpoint(project_id), progress)

    await services.registry.run(write)


async def _said(
    services: Services, project_id: str, roots: Sequence[ExperimentRoot], unknown: set[str]
) -> Said:
    """What the first span of each new run says about the run as a whole."""
    found: Said = {}
    for root in roots:
        run_id = run_id_of(project_id, root.dataset_id, root.run_name)
        if run_id in unknown and run_id not in found:
            row = await services.reads.observation(project_id, root.observation_id) or {}
            told = row.get("experiment") or {}
            description = told.get("description")
            metadata = told.get("metadata")
            found[run_id] = (
                description.replace("\0", "") if isinstance(description, str) else None,
                json_text(metadata) if metadata else None,
            )
    return found
