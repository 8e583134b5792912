"""Whatever order and flushes the events of an entity arrive in, the contract's record comes out."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.records.change import Change, Kind
from collector.records.merge import Merged, merge
from collector.records.scores import stored_form
from tests.records.entities import (
    OBSERVATION_TYPES,
    Event,
    changes,
    entities,
    events,
    expected_values,
)

KINDS = ("trace", "observation", "score")


def said(merged: Merged) -> dict[str, Any]:
    """What a record holds, without null and without a trace id that was made up."""
    made_up = merged.clocks.get("trace_id") == (2**62, 0)
    return {
        name: value
        for name, value in merged.values.items()
        # What prices ask of one event: it has a test of its own beside those of merging.
        if name != "usage_attributes"
        if value is not None and not (made_up and name == "trace_id")
    }


def in_flushes(arriving: list[list[Change]]) -> Merged:
    """Each inner list in a flush of its own."""
    record = None
    for flush in arriving:
        record = merge(record, flush)
    assert record is not None
    return record


def stored_changes(sent: list[Event]) -> list[Change]:
    """The changes of events as a flush merges them."""
    return [
        replace(change, fields=stored_form(change.fields)) if change.kind == "score" else change
        for change in changes(sent)
    ]


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_any_order_and_any_flushes_make_the_record_of_the_contract(
    kind: Kind, data: st.DataObject
) -> None:
    sent = data.draw(entities(kind, most=5))
    again = data.draw(st.lists(st.sampled_from(sent), max_size=3))
    order = data.draw(st.permutations([*sent, *again]))
    borders = sorted(data.draw(st.sets(st.integers(1, len(order)), max_size=len(order))))
    cuts = [0, *borders, len(order)]
    flushes = [order[a:b] for a, b in itertools.pairwise(cuts) if a < b]
    assert said(in_flushes([stored_changes(flush) for flush in flushes])) == expected_values(
        kind, sent
    )


@pytest.mark.parametrize("first", OBSERVATION_TYPES)
@pytest.mark.parametrize("second", OBSERVATION_TYPES)
def test_every_pair_of_observation_events_merges_alike_in_both_orders(
    first: str, second: str
) -> None:
    @settings(max_examples=6)
    @given(events(first, "e", [1, 3]), events(second, "e", [2, 4]), events(second, "e", [5]))
    def check(one: Event, two: Event, three: Event) -> None:
        sent = [one, two, three]
        for order in itertools.permutations(sent):
            record = in_flushes([changes([event]) for event in order])
            assert said(record) == expected_values("observation", sent)

    check()
