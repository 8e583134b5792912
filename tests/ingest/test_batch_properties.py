import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.batch import read_batch
from collector.ingest.events import EVENT_TYPES
from collector.ingest.jsonbody import parse_json
from collector.records.merge import merge

KEYS = (
    *("id", "timestamp", "name", "traceId", "sessionId", "value", "dataType", "source", "type"),
    *("startTime", "endTime", "level", "metadata", "tags", "public", "input", "output", "usage"),
    *("usageDetails", "costDetails", "modelParameters", "promptName", "promptVersion", "log"),
    *("observationId", "configId", "environment", "parentObservationId", "model"),
)
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(codec=None), max_size=6) | st.sampled_from(
    [
        "2026-11-20T10:00:00Z",
        "NUMERIC",
        "BOOLEAN",
        "CORRECTION",
        "TEXT",
        "ANNOTATION",
        "SPAN",
        "DEBUG",
    ]
)
scalars = st.none() | st.booleans() | numbers | texts
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            texts | st.sampled_from(["input", "promptTokens", "prompt_tokens", "unit"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)
bodies = st.dictionaries(st.sampled_from(KEYS), values, max_size=8)
events = st.fixed_dictionaries(
    {
        "id": texts,
        "type": st.sampled_from([*EVENT_TYPES, "nonsense"]),
        "timestamp": st.sampled_from(["2026-11-20T10:00:00Z", "2026-11-20T09:00:00Z", "x"]),
        "body": bodies | values,
    }
)
batches = st.lists(events | values, max_size=6)
levels = st.sampled_from(["project", "scores"])


def sent(value: Any) -> Any:
    """As it arrives: any JSON text, lone surrogates and huge numbers included."""
    return parse_json(json.dumps(value).encode(), 200)


def is_log(item: Any) -> bool:
    return isinstance(item, dict) and item.get("type") == "sdk-log"


@given(batches, levels)
def test_every_event_gets_exactly_one_answer(batch: list[Any], level: str) -> None:
    received = sent(batch)
    result = read_batch({"batch": received}, level)

    logs = sum(map(is_log, received))
    answered = len(result.successes) + len(result.errors)
    assert len(received) - logs <= answered <= len(received)
    ids = Counter(
        item["id"] if isinstance(item, dict) and isinstance(item.get("id"), str) else "unknown"
        for item in received
    )
    assert not Counter(row["id"] for row in result.successes + result.errors) - ids
    assert len(result.changes) <= len(result.successes)
    json.dumps(result.answer()).encode()


@given(st.lists(events, max_size=6))
def test_every_change_can_be_merged(batch: list[Any]) -> None:
    for change in read_batch({"batch": sent(batch)}, "project").changes:
        assert merge(None, [change]).id == change.id


@given(st.lists(events, max_size=6))
def test_reading_twice_gives_the_same_answer(batch: list[Any]) -> None:
    received = sent(batch)

    first = read_batch({"batch": received}, "project")
    assert read_batch({"batch": received}, "project").answer() == first.answer()
