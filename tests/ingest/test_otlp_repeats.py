"""What spans of one trace say alike is written twice at most, and the record is the same."""

from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.otlp import without_repeats
from collector.records.change import Change
from collector.records.merge import merge

FIELDS = st.fixed_dictionaries(
    {"environment": st.sampled_from(["a", "b"])},
    optional={
        "user_id": st.sampled_from(["u", "v"]),
        "version": st.none() | st.just("1"),
        "tags": st.sampled_from([["x"], ["y"]]),
        "metadata": st.sampled_from([{"k": 1}, {"k": 2}, {"k": {"n": 1}}]),
    },
)
CHANGES = st.lists(
    st.builds(
        lambda trace_id, ms, fields: Change("trace", trace_id, ms, False, fields),
        st.sampled_from(["t1", "t2"]),
        st.integers(0, 6),
        FIELDS,
    ),
    max_size=20,
)


def record_of(changes: list[Change], trace_id: str) -> object:
    mine = [change for change in changes if change.id == trace_id]
    if not mine:
        return None
    merged = merge(None, mine)
    return merged.values, merged.first, merged.base, merged.clocks


@given(CHANGES)
def test_the_record_is_the_same_without_repeats(changes: list[Change]) -> None:
    fewer = without_repeats(changes)

    for trace_id in ("t1", "t2"):
        assert record_of(fewer, trace_id) == record_of(changes, trace_id)


def test_a_hundred_children_tell_their_trace_twice() -> None:
    changes = [Change("trace", "t", ms, False, {"user_id": "u"}) for ms in range(100)]

    assert [change.time_ms for change in without_repeats(changes)] == [0, 99]
