"""How events of one entity become one record, in any order of arrival (contract/ingestion.md 6).

Each field has a rule; where two events disagree the envelope's clock decides, and equal clocks keep
the order of arrival. A record touched by one event needs no clocks but that event's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from uuid import UUID, uuid5

from collector.records.change import Change, Kind
from collector.records.metadata import NEVER, Clock, ClockTree, merge_metadata
from collector.records.pricing import attributes_of


class Rule(Enum):
    """What happens when two events carry the same field."""

    FIRST = "the earliest event decides"
    FIRST_GIVEN = "the earliest event that has it decides"
    LAST = "the latest event that has it decides, null included"
    SAID = "the latest event decides: each event has it"
    STICKY = "the latest event with a value decides"
    WHOLE = "the latest non-empty map replaces the older one"
    UNION = "all values of all events"
    METADATA = "deep merge"


_COMMON = {"environment": Rule.FIRST, "metadata": Rule.METADATA}
RULES: dict[Kind, dict[str, Rule]] = {
    "trace": {
        **_COMMON,
        "timestamp_ms": Rule.FIRST,
        **dict.fromkeys(("name", "user_id", "session_id", "release", "version"), Rule.LAST),
        **dict.fromkeys(("public", "input", "output"), Rule.STICKY),
        "tags": Rule.UNION,
    },
    "observation": {
        **_COMMON,
        "start_ms": Rule.FIRST,
        "trace_id": Rule.FIRST_GIVEN,
        "type": Rule.SAID,
        **dict.fromkeys(("name", "level", "model"), Rule.LAST),
        **dict.fromkeys(
            (
                *("status_message", "parent_id", "version", "end_ms", "completion_start_ms"),
                *("model_parameters", "input", "output", "prompt_name", "prompt_version"),
                *("user_id", "session_id", "release", "public", "trace_name", "app_root"),
                *("scope_name", "scope_version", "service_name", "service_version"),
                *("experiment", "span_events"),
            ),
            Rule.STICKY,
        ),
        **dict.fromkeys(("usage", "cost"), Rule.WHOLE),
        "tags": Rule.UNION,
        "trace_metadata": Rule.METADATA,
    },
    "score": {
        **_COMMON,
        "timestamp_ms": Rule.FIRST,
        "trace_id": Rule.FIRST_GIVEN,
        **dict.fromkeys(
            ("name", "data_type", "value", "string_value", "long_string_value", "source"), Rule.SAID
        ),
        **dict.fromkeys(
            (
                *("comment", "session_id", "observation_id", "config_id", "dataset_run_id"),
                *("queue_id", "execution_trace_id", "author_user_id"),
            ),
            Rule.LAST,
        ),
    },
}
_NULL_SAYS_SOMETHING = (Rule.LAST, Rule.SAID)
MADE_UP_TRACES = UUID("6e7c2f0a-3a52-4c1b-9d0e-5b8f7a1c4d26")
_TIME_FIELD: dict[Kind, str] = {
    "trace": "timestamp_ms",
    "observation": "start_ms",
    "score": "timestamp_ms",
}


@dataclass(slots=True)
class Merged:
    """A record so far: values, its earliest clock, and the clocks of fields that differ."""

    kind: Kind
    id: str
    first: Clock
    base: Clock
    values: dict[str, Any] = field(default_factory=dict)
    clocks: dict[str, Clock | ClockTree] = field(default_factory=dict)

    def clock_of(self, name: str) -> Clock:
        """When the value of a field was said; before all time if nobody said anything."""
        known = self.clocks.get(name)
        if known is not None:
            return (known[0], known[1])
        is_said = self.values.get(name) is not None or RULES[self.kind][name] is Rule.SAID
        return self.base if is_said else NEVER


def clock_of(change: Change) -> Clock:
    """The order of merging: envelope time, then creates before updates."""
    return (change.time_ms, int(change.update))


def begin(change: Change) -> Merged:
    """The record that one event makes alone."""
    clock = clock_of(change)
    merged = Merged(change.kind, change.id, first=clock, base=clock)
    rules = RULES[change.kind]
    for name, value in change.fields.items():
        rule = rules[name]
        if value is None and rule not in _NULL_SAYS_SOMETHING:
            continue
        if not value and rule in (Rule.WHOLE, Rule.UNION):
            continue
        merged.values[name] = _united(value) if rule is Rule.UNION else value
        if value is None:
            merged.clocks[name] = clock
    merged.values.setdefault(_TIME_FIELD[change.kind], change.time_ms)
    if change.kind == "observation" and not merged.values.get("trace_id"):
        # The same for each event of this observation, and any that knows the real one replaces it.
        merged.values["trace_id"] = str(uuid5(MADE_UP_TRACES, change.id))
        merged.clocks["trace_id"] = (2**62, 0)
    return merged


def lay(merged: Merged, change: Change) -> None:
    """Lay one more event over the record, wherever in time it belongs."""
    clock = clock_of(change)
    if change.kind == "observation":
        _note_attributes(merged, change, clock)
    if clock < merged.first:
        _take_first(merged, change)
    for name, value in change.fields.items():
        _LAYERS[RULES[change.kind][name]](merged, name, value, clock)
    merged.first = min(merged.first, clock)


def _note_attributes(merged: Merged, change: Change, clock: Clock) -> None:
    """Pricing tiers ask what the last event that carries usage says, not the merged record.

    Of a record that one event made this is the record itself, so nothing is noted before.
    """
    if "usage_attributes" not in merged.values and merged.values.get("usage"):
        merged.values["usage_attributes"] = attributes_of(merged.values)
    if change.fields.get("usage") and clock >= merged.clock_of("usage"):
        merged.values["usage_attributes"] = attributes_of(change.fields)


def _take_first(merged: Merged, change: Change) -> None:
    time_field = _TIME_FIELD[change.kind]
    merged.values[time_field] = change.fields.get(time_field, change.time_ms)
    merged.values["environment"] = change.fields.get("environment", "default")


def _lay_first(_merged: Merged, _name: str, _value: Any, _clock: Clock) -> None:
    """Decided for all first-wins fields at once by `_take_first`."""


def _lay_first_given(merged: Merged, name: str, value: Any, clock: Clock) -> None:
    if value and (not merged.values.get(name) or clock < merged.clock_of(name)):
        merged.values[name] = value
        merged.clocks[name] = clock


def _lay_last(merged: Merged, name: str, value: Any, clock: Clock) -> None:
    if clock >= merged.clock_of(name):
        merged.values[name] = value
        merged.clocks[name] = clock


def _lay_sticky(merged: Merged, name: str, value: Any, clock: Clock) -> None:
    if value is not None:
        _lay_last(merged, name, value, clock)


def _lay_whole(merged: Merged, name: str, value: Any, clock: Clock) -> None:
    if value:
        _lay_last(merged, name, value, clock)


def _lay_union(merged: Merged, name: str, value: Any, _clock: Clock) -> None:
    if value:
        merged.values[name] = _united([*(merged.values.get(name) or ()), *value])


def _united(tags: Iterable[str]) -> list[str]:
    """Without doubles, in the order of UTF-16 units, as JavaScript sorts."""
    return sorted(set(tags), key=lambda tag: tag.encode("utf-16-be", "surrogatepass"))


def _lay_metadata(merged: Merged, name: str, value: Any, clock: Clock) -> None:
    if value is None:
        return
    old = merged.values.get(name)
    if old is None:
        merged.values[name], merged.clocks[name] = value, clock
        return
    tree = merged.clocks.get(name, merged.base)
    merged.values[name], merged.clocks[name] = merge_metadata(old, tree, value, clock)


_LAYERS = {
    Rule.FIRST: _lay_first,
    Rule.FIRST_GIVEN: _lay_first_given,
    Rule.LAST: _lay_last,
    Rule.SAID: _lay_last,
    Rule.STICKY: _lay_sticky,
    Rule.WHOLE: _lay_whole,
    Rule.UNION: _lay_union,
    Rule.METADATA: _lay_metadata,
}


def merge(stored: Merged | None, changes: list[Change]) -> Merged:
    """One record of what is stored and what has come, in the order of the events' own clocks."""
    ordered = sorted(changes, key=clock_of)
    merged = stored
    for change in ordered:
        if merged is None:
            merged = begin(change)
        else:
            lay(merged, change)
    if merged is None:
        raise ValueError("nothing to merge: neither a stored record nor a change")
    return merged
