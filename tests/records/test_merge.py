"""Events of one entity become one record, in whatever order they arrive."""

import itertools
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.records.change import Change, Kind
from collector.records.merge import Merged, merge


def change(kind: Kind, time_ms: int, *, update: bool = False, **fields: Any) -> Change:
    fields.setdefault("environment", "default")
    if kind == "observation":
        fields.setdefault("type", "SPAN")
        fields.setdefault("trace_id", "t")
    return Change(kind, "id", time_ms, update, fields)


def merged(*changes: Change) -> Merged:
    return merge(None, list(changes))


def arriving(*changes: Change) -> Merged:
    """Each in a flush of its own."""
    record = None
    for one in changes:
        record = merge(record, [one])
    assert record is not None
    return record


def test_the_earliest_event_pins_timestamp_and_environment() -> None:
    first = change("trace", 10, timestamp_ms=99, environment="prod")
    second = change("trace", 20, timestamp_ms=1, environment="other")
    for order in ((first, second), (second, first)):
        values = arriving(*order).values
        assert (values["timestamp_ms"], values["environment"]) == (99, "prod")


def test_without_a_time_of_its_own_the_envelope_counts() -> None:
    assert merged(change("observation", 42)).values["start_ms"] == 42


def test_null_clears_an_overwriting_field() -> None:
    record = arriving(change("trace", 1, name="A"), change("trace", 2, name=None))
    assert record.values["name"] is None


def test_a_null_that_came_first_but_is_newer_still_clears() -> None:
    record = arriving(change("trace", 2, name=None), change("trace", 1, name="A"))
    assert record.values["name"] is None


def test_null_says_nothing_about_a_sticky_field() -> None:
    first = change("observation", 1, status_message="st", end_ms=5)
    record = arriving(first, change("observation", 2, status_message=None, end_ms=None))
    assert (record.values["status_message"], record.values["end_ms"]) == ("st", 5)


def test_an_absent_field_keeps_the_old_value() -> None:
    assert arriving(change("trace", 1, name="A"), change("trace", 2)).values["name"] == "A"


def test_an_older_event_fills_what_the_newer_did_not_say() -> None:
    record = arriving(change("trace", 2, name="B"), change("trace", 1, name="A", user_id="u"))
    assert (record.values["name"], record.values["user_id"]) == ("B", "u")


def test_usage_is_replaced_as_a_whole_and_an_empty_one_ignored() -> None:
    first = change("observation", 1, usage={"input": 1, "output": 2})
    second = change("observation", 2, update=True, usage={"input": 5})
    third = change("observation", 3, update=True, usage={})
    assert arriving(first, second, third).values["usage"] == {"input": 5}


def test_tags_are_the_sorted_union_of_all_events() -> None:
    record = arriving(change("trace", 1, tags=["b", "a"]), change("trace", 2, tags=["c", "a"]))
    assert record.values["tags"] == ["a", "b", "c"]


def test_creates_come_before_updates_of_the_same_millisecond() -> None:
    update = change("observation", 7, update=True, type="GENERATION", name="updated")
    create = change("observation", 7, type="SPAN", name="created")
    for order in ((update, create), (create, update)):
        values = arriving(*order).values
        assert (values["name"], values["type"]) == ("updated", "GENERATION")


def test_of_two_equal_times_the_later_arrival_wins() -> None:
    assert (
        arriving(change("trace", 1, name="A"), change("trace", 1, name="B")).values["name"] == "B"
    )


def test_metadata_merges_deeply_and_arrays_by_index() -> None:
    first = change("trace", 1, metadata={"a": {"x": 1, "y": [1, 2, 3]}, "k": 1, "keep": "s"})
    second = change("trace", 2, metadata={"a": {"z": 2, "y": [9]}, "k": None})
    expected = {"a": {"x": 1, "y": [9, 2, 3], "z": 2}, "k": None, "keep": "s"}
    for order in ((first, second), (second, first)):
        assert arriving(*order).values["metadata"] == expected


def test_a_missing_trace_id_is_made_up_once_and_replaced_by_a_real_one() -> None:
    first = Change("observation", "o", 1, False, {"type": "SPAN", "environment": "default"})
    record = merge(None, [first])
    made_up = record.values["trace_id"]
    assert len(made_up) == 36
    assert merge(record, [first]).values["trace_id"] == made_up
    assert merge(record, [change("observation", 2, trace_id="real")]).values["trace_id"] == "real"


_scalars = st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["", "x", "y"]))
_fields = st.fixed_dictionaries(
    {"environment": st.sampled_from(["default", "prod"])},
    optional={
        "name": st.sampled_from([None, "A", "B"]),
        "user_id": st.sampled_from([None, "u", "v"]),
        "public": st.booleans(),
        "input": st.sampled_from(["i", "j"]),
        "tags": st.lists(st.sampled_from(["a", "b", "c"])),
        "metadata": st.dictionaries(st.sampled_from(["p", "q", "r"]), _scalars, min_size=1),
    },
)
_events = st.lists(_fields, min_size=1, max_size=4).map(
    lambda all_fields: [
        Change("trace", "id", 10 + index, False, fields) for index, fields in enumerate(all_fields)
    ]
)


@given(_events)
def test_the_order_of_arrival_changes_nothing(events: list[Change]) -> None:
    expected = merge(None, events).values
    for order in itertools.permutations(events):
        values = arriving(*order).values
        assert {k: v for k, v in values.items() if v is not None} == {
            k: v for k, v in expected.items() if v is not None
        }


@given(_events)
def test_sending_everything_again_changes_nothing(events: list[Change]) -> None:
    once = arriving(*events).values
    assert arriving(*events, *events).values == once


def test_what_prices_ask_is_what_the_last_event_with_usage_says() -> None:
    told = (
        change("observation", 1, model_parameters={"tier": "first"}, usage={"input": 1}),
        change("observation", 2, metadata={"tier": "second"}, usage={"input": 2}),
        change("observation", 3, model_parameters={"tier": "third"}, usage={}),
    )
    for order in itertools.permutations(told):
        values = arriving(*order).values
        assert values["usage"] == {"input": 2}
        assert values["usage_attributes"] == {"metadata": {"tier": "second"}}
        assert values["model_parameters"] == {"tier": "third"}


def test_of_one_event_nothing_is_kept_twice() -> None:
    one = change("observation", 1, metadata={"tier": "x"}, usage={"input": 1})
    assert "usage_attributes" not in merged(one).values


def test_what_another_kind_of_value_wiped_out_stays_away_whenever_it_comes() -> None:
    events = (
        change("trace", 1, metadata={"k": {"old": 1}, "list": [1, 2, 3]}),
        change("trace", 2, metadata={"k": "flat", "list": None}),
        change("trace", 3, metadata={"k": {"new": 1}, "list": [9]}),
    )
    for order in itertools.permutations(events):
        assert arriving(*order).values["metadata"] == {"k": {"new": 1}, "list": [9]}


def test_an_empty_object_counts_as_said_although_it_names_no_key() -> None:
    events = (
        change("trace", 1, metadata={"k": {"a": 1}}),
        change("trace", 2, metadata={"k": "flat"}),
        change("trace", 3, metadata={"k": {}}),
    )
    for order in itertools.permutations(events):
        assert arriving(*order).values["metadata"] == {"k": {}}


def test_an_observation_without_a_trace_has_the_same_made_up_one_in_each_event() -> None:
    bare = [Change("observation", "o", time_ms, False, {"type": "SPAN"}) for time_ms in (1, 2)]
    assert merged(bare[0]).values["trace_id"] == merged(bare[1]).values["trace_id"]
