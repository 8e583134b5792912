"""What a seed consists of."""

from collections import Counter

import pytest

from collector.records.change import Change
from collector.seeding.chats import trace_changes

NOW_MS = 1_795_000_000_000
DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def seeded() -> list[list[Change]]:
    """By trace."""
    return [trace_changes("1", number, NOW_MS, 7) for number in range(300)]


def test_the_same_seed_makes_the_same_chats(seeded: list[list[Change]]) -> None:
    assert [trace_changes("1", number, NOW_MS, 7) for number in range(300)] == seeded


def test_another_seed_makes_other_ids(seeded: list[list[Change]]) -> None:
    others = {change.id for change in trace_changes("2", 0, NOW_MS, 7)}

    assert others.isdisjoint(change.id for change in seeded[0])


def test_no_id_comes_twice(seeded: list[list[Change]]) -> None:
    ids = Counter((change.kind, change.id) for changes in seeded for change in changes)

    assert set(ids.values()) == {1}


def test_everything_lies_in_the_days_before_now(seeded: list[list[Change]]) -> None:
    times = [
        change.fields.get(name, NOW_MS)
        for changes in seeded
        for change in changes
        for name in ("start_ms", "end_ms", "timestamp_ms")
    ]

    assert max(times) <= NOW_MS
    assert min(times) >= NOW_MS - 8 * DAY_MS


def test_all_that_pages_show_is_there(seeded: list[list[Change]]) -> None:
    fields = [change.fields for changes in seeded for change in changes]
    traces = [change.fields for changes in seeded for change in changes if change.kind == "trace"]
    sessions = Counter(each["session_id"] for each in traces)

    assert {each["type"] for each in fields if "type" in each} >= {
        *("GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN"),
        *("RETRIEVER", "EVALUATOR", "EMBEDDING", "GUARDRAIL"),
    }
    assert {each.get("data_type") for each in fields} >= {"NUMERIC", "BOOLEAN", "CATEGORICAL"}
    assert {each.get("level") for each in fields} >= {"DEFAULT", "WARNING", "ERROR"}
    assert len({each["model"] for each in fields if each.get("model")}) > 3
    assert len({each["environment"] for each in fields}) == 3
    assert len({each["user_id"] for each in traces}) > 10
    assert max(sessions.values()) > 3
    assert any(each["name"] == "guardrail-blocked" for each in fields)


def test_a_long_trace_is_deep_and_wide(seeded: list[list[Change]]) -> None:
    longest = max(seeded, key=len)
    parents = {change.id: change.fields.get("parent_id") for change in longest}

    def depth(observation_id: str | None) -> int:
        return 0 if observation_id is None else 1 + depth(parents.get(observation_id))

    assert len(longest) > 290
    assert max(depth(observation_id) for observation_id in parents) > 8


def test_a_step_lies_within_the_one_it_belongs_to(seeded: list[list[Change]]) -> None:
    for changes in seeded:
        spans = {
            change.id: (change.fields["start_ms"], change.fields.get("end_ms", NOW_MS))
            for change in changes
            if change.kind == "observation"
        }
        for change in changes:
            parent = spans.get(change.fields.get("parent_id") or "")
            own = spans.get(change.id)
            # A later round hangs below an earlier one, which is over by then.
            if parent and own and change.fields["type"] != "CHAIN":
                assert parent[0] <= own[0] <= own[1] <= parent[1]
