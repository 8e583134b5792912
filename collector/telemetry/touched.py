"""What a flush of observations means for the rows of their traces."""

from collections.abc import Mapping
from dataclasses import dataclass

from collector.telemetry import rows as shapes
from collector.telemetry.tables import Row

_STAMP = (
    *("ingestion_key", "sdk_name", "sdk_version", "source", "first_ms", "first_rank"),
    *("base_ms", "base_rank", "created_ms", "updated_ms"),
)


@dataclass(slots=True)
class Touched:
    """A trace of which observations were stored: the earliest, and how many were not there."""

    earliest: Row
    fresh: int = 0

    def add(self, row: Row, *, is_fresh: bool) -> None:
        """One more observation of the trace."""
        self.fresh += is_fresh
        if row["start_ms"] < self.earliest["start_ms"]:
            self.earliest = row

    def needs_placeholder(self, stored: Row | None) -> bool:
        """Whether the trace needs a row that keeps its place, or one with an earlier time."""
        if stored is None:
            return True
        return not stored["has_record"] and self.earliest["start_ms"] < stored["timestamp_ms"]

    def placeholder(self, trace_id: str, stored: Row | None) -> Row:
        """That row."""
        observation = self.earliest
        stamp = {name: observation[name] for name in _STAMP}
        if stored is not None:
            stamp["created_ms"] = stored["created_ms"]
        row = shapes.placeholder_row(stamp, observation["start_ms"], observation["environment"])
        return row | {"id": trace_id}


def is_lone_verdict(trace: Row, stored: Row | None, touched: Touched | None) -> bool:
    """Whether an SDK made the trace up for a single guardrail event: such are not listed at first.

    Told when both come in one flush, as they do. Any other observation makes it a common trace.
    """
    if stored is not None:
        return bool(stored["synthetic"]) and not (touched is not None and touched.fresh)
    if touched is None or touched.fresh != 1:
        return False
    event = touched.earliest
    is_verdict = event["type"] == "EVENT" and event.get("guard_action") is not None
    return is_verdict and bool(event["name"]) and event["name"] == trace["name"]


def without_synthetic(
    touched: Mapping[tuple[str, str], Touched], old: Mapping[tuple[str, str], Row]
) -> dict[tuple[str, str], Row]:
    """Stored traces that got company: their rows to be, by key."""
    return {
        key: {name: value for name, value in old[key].items() if name != "row_number"}
        | {"synthetic": False}
        for key, each in touched.items()
        if each.fresh and key in old and old[key]["synthetic"]
    }
