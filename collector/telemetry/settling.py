"""Scores before they are merged: brought into their stored form, or dropped with a reason."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from collector.records.change import Change
from collector.records.rejection import Rejection
from collector.records.scores import Dropped, stored_form
from collector.telemetry.rows import Knowledge


def settled(
    project_id: str,
    changes: Iterable[Change],
    received_ms: int,
    knowledge: Knowledge,
    dropped: list[Rejection],
) -> Iterator[Change]:
    """The changes in their stored form; those that the real server drops go to `dropped`."""
    for change in changes:
        fields = change.fields
        config_id = fields.get("config_id")
        config = knowledge.score_config(project_id, config_id) if config_id else None
        try:
            yield replace(change, fields=stored_form(fields, config))
        except Dropped as dropping:
            reason = str(dropping)
            told = Rejection(
                project_id, received_ms, "flush", reason, "score", None, change.id, fields
            )
            dropped.append(told)
