"""A stored row tells the next merge all that the record told."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.records.change import Change, Kind, Origin
from collector.records.merge import Merged, merge
from collector.records.scores import stored_form
from collector.telemetry import rows as shapes
from tests.records.entities import changes, entities, expected_values

ORIGIN = Origin("pk", "sdk", "1", "api")
# What a column holds where nobody said anything.
DEFAULTS = {
    "name": "",
    "level": "DEFAULT",
    "public": False,
    "tags": [],
    "metadata": {},
    "parent_id": "",
}
NOTED = "usage_attributes"  # what the record keeps of an event beside what was said


def through_rows(record: Merged) -> Merged:
    """The record as the next flush finds it."""
    stamp = shapes.stamp_of(record, ORIGIN, 0, 0)
    if record.kind == "score":
        return shapes.merged_of("score", shapes.score_row(record, stamp))
    if record.kind == "trace":
        narrow, payload = shapes.trace_rows(record, stamp)
    else:
        narrow, payload = shapes.observation_rows(record, stamp, "p", shapes.Knowledge())
    more = {name: value for name, value in payload.items() if value is not None}
    return shapes.merged_of(record.kind, narrow | more)


def told(record: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in record.items()
        if value is not None and name != NOTED and DEFAULTS.get(name) != value
    }


@pytest.mark.parametrize("kind", ["trace", "observation", "score"])
@given(data=st.data())
def test_a_merge_with_rows_is_a_merge_with_the_record(kind: Kind, data: st.DataObject) -> None:
    sent = data.draw(entities(kind))
    again = data.draw(st.lists(st.sampled_from(sent), max_size=2))
    record = None
    for event in data.draw(st.permutations([*sent, *again])):
        (change,) = changes([event])
        if kind == "score":
            change = replace(change, fields=stored_form(change.fields))
        record = through_rows(merge(record, [change]))
    assert record is not None
    expected = expected_values(kind, sent)
    if kind == "observation" and "trace_id" not in expected:
        del record.values["trace_id"]
    assert told(record.values) == told(expected)


_TEXTS = st.sampled_from(["", "a", "b"])
_CLEARABLE = st.none() | _TEXTS
_MAPS = st.dictionaries(st.sampled_from("xyz"), st.none() | st.integers(0, 2), max_size=2)
# What only spans say; absent or with a value, but for what a span says outright to be nothing.
SPAN_SAYS: dict[Kind, dict[str, st.SearchStrategy[Any]]] = {
    "trace": {
        **dict.fromkeys(("name", "user_id", "session_id"), _TEXTS),
        **dict.fromkeys(("version", "release"), _CLEARABLE),
        "public": st.booleans(),
        "metadata": _MAPS,
        "tags": st.lists(_TEXTS, max_size=2),
    },
    "observation": {
        **dict.fromkeys(("user_id", "session_id", "release", "trace_name", "scope_name"), _TEXTS),
        **dict.fromkeys(("scope_version", "service_name", "service_version"), _TEXTS),
        "public": st.booleans(),
        "app_root": st.just(True),
        "trace_metadata": _MAPS,
        "tags": st.lists(_TEXTS, max_size=2),
        "span_events": st.lists(_MAPS, max_size=1),
        "experiment": st.fixed_dictionaries({"id": _TEXTS, "name": _TEXTS}),
    },
}


@pytest.mark.parametrize("kind", ["trace", "observation"])
@given(data=st.data())
def test_what_only_spans_say_survives_between_two_flushes(kind: Kind, data: st.DataObject) -> None:
    always = {"environment": "default"} | ({"type": "SPAN"} if kind == "observation" else {})
    said = st.fixed_dictionaries({}, optional=SPAN_SAYS[kind])
    clocks = data.draw(st.lists(st.integers(1, 9), min_size=1, max_size=4, unique=True))
    spans = [Change(kind, "id", ms, False, data.draw(said) | always) for ms in clocks]
    record = None
    for span in [*spans, *spans]:
        record = through_rows(merge(record, [span]))
    assert record is not None
    assert told(record.values) == told(merge(None, spans).values)


def test_a_record_of_one_event_that_says_all_carries_no_clocks() -> None:
    span = {"type": "SPAN", "name": "n", "level": "DEFAULT", "metadata": {"a": {"b": 1}}}
    record = merge(None, [Change("observation", "o", 5, False, span | {"trace_id": "t"})])
    assert shapes.stamp_of(record, ORIGIN, 0, 0)["clocks"] is None
