"""Whatever is sent to the JSON doors: an answer of the contract's shape, and good events kept."""

import json
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.api.events import trace
from tests.api.wire import Wire
from tests.servers.service import Service

INGESTION = "/api/public/ingestion"
SINGLE = ("traces", "spans", "generations", "events", "scores")
LISTS = ("/api/public/traces", "/api/public/observations", "/api/public/v2/scores")
PARAMETERS = (
    *("page", "limit", "userId", "name", "sessionId", "fromTimestamp", "toTimestamp", "orderBy"),
    *("tags", "version", "release", "environment", "fields", "filter", "type", "traceId", "level"),
    *("parentObservationId", "fromStartTime", "toStartTime", "source", "operator", "value"),
    *("scoreIds", "configId", "queueId", "dataType", "traceTags"),
)
DEPTH = 10_000
NESTED = b"[" * DEPTH + b"]" * DEPTH
FIELDS = (
    *("id", "timestamp", "name", "traceId", "sessionId", "value", "dataType", "source", "type"),
    *("startTime", "endTime", "completionStartTime", "level", "statusMessage", "metadata", "tags"),
    *("public", "input", "output", "usage", "usageDetails", "costDetails", "modelParameters"),
    *("promptName", "promptVersion", "observationId", "configId", "environment", "comment"),
    *("parentObservationId", "model", "version", "release", "userId", "spanId", "generationId"),
)
KINDS = (
    *("trace-create", "score-create", "span-create", "span-update", "generation-create"),
    *("generation-update", "event-create", "observation-create", "observation-update"),
    *("sdk-log", "tool-create", "guardrail-create", "nonsense"),
)

# Lone surrogates, control characters and numbers past every type are all JSON.
TEXTS = st.text(st.characters(codec=None), max_size=8)
NUMBERS = st.integers() | st.integers(10**18, 10**300) | st.floats() | st.just(10**400)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | st.just("2026-11-20T12:00:00Z")
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
BODIES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=8)
EVENTS = st.fixed_dictionaries(
    {"id": TEXTS, "type": st.sampled_from(KINDS), "timestamp": SCALARS, "body": BODIES | VALUES}
)


@pytest.fixture
def wire(running_service: Service) -> Iterator[Wire]:
    """Checks at the end that the service is still there."""
    made = Wire(running_service)
    yield made
    made.close()


def encoded(value: Any) -> bytes:
    """JSON, with NaN and Infinity where they are: no JSON at all then."""
    return json.dumps(value).encode()


def test_good_events_are_kept_among_any_others(wire: Wire) -> None:
    sent: set[str] = set()

    @given(st.lists(EVENTS | VALUES, max_size=4), st.lists(EVENTS | VALUES, max_size=4))
    def check(before: list[Any], after: list[Any]) -> None:
        good = trace(f"good-{uuid.uuid4()}")
        reply = wire.post(INGESTION, encoded({"batch": [*before, good, *after]}))
        if reply.status == 207:
            assert good["id"] in {each["id"] for each in reply.body["successes"]}
            sent.add(good["body"]["id"])
        else:  # NaN somewhere: the whole is no JSON
            assert (reply.status, reply.body) == (400, "Invalid JSON")

    check()
    assert len(sent) > 10
    for trace_id in sent:
        assert wire.get(f"/api/public/traces/{trace_id}").status == 200


@given(body=VALUES)
def test_any_json_is_answered(wire_forever: Wire, body: Any) -> None:
    assert wire_forever.post(INGESTION, encoded(body)).status in (207, 400)


@given(route=st.sampled_from(SINGLE), body=BODIES | VALUES)
def test_single_routes_answer_any_body(wire_forever: Wire, route: str, body: Any) -> None:
    assert wire_forever.post(f"/api/public/{route}", encoded(body)).status in (200, 202, 207, 400)


@given(body=st.binary(max_size=200))
def test_any_bytes_are_answered(wire_forever: Wire, body: bytes) -> None:
    wire_forever.post(INGESTION, body)
    wire_forever.post("/api/public/scores", body)


@settings(max_examples=200)
@given(
    path=st.sampled_from(LISTS),
    query=st.dictionaries(st.sampled_from(PARAMETERS), TEXTS | NUMBERS.map(str), max_size=4),
)
def test_any_query_is_answered(wire_forever: Wire, path: str, query: dict[str, str]) -> None:
    words = "&".join(f"{name}={quoted(value)}" for name, value in query.items())
    assert wire_forever.get(f"{path}?{words}").status in (200, 400, 422)


@given(
    path=st.sampled_from(LISTS),
    conditions=st.lists(
        st.fixed_dictionaries(
            {
                "type": st.sampled_from(["string", "datetime", "number", "stringOptions", "null"])
                | TEXTS,
                "column": st.sampled_from(["name", "timestamp", "metadata", "latency"]) | TEXTS,
                "operator": st.sampled_from(["=", "contains", "any of", ">", "is null"]) | TEXTS,
                "value": VALUES,
            },
            optional={"key": TEXTS},
        )
        | VALUES,
        max_size=3,
    ),
)
def test_any_filter_is_answered(wire_forever: Wire, path: str, conditions: list[Any]) -> None:
    words = quoted(json.dumps(conditions))
    assert wire_forever.get(f"{path}?filter={words}").status in (200, 400, 422)


@given(record_id=st.text(st.characters(codec=None), min_size=1, max_size=20))
def test_any_id_is_looked_for(wire_forever: Wire, record_id: str) -> None:
    for path in LISTS:
        found = wire_forever.get(f"{path}/{quoted(record_id)}")
        assert found.status in (200, 400, 404)


@pytest.mark.parametrize(
    "body",
    [
        NESTED,
        b'{"a":' * DEPTH + b"1" + b"}" * DEPTH,
        b'{"batch":[' + NESTED + b"]}",
        b'{"batch":[{"id":"e","type":"trace-create","timestamp":"2026-11-20T12:00:00Z","body":'
        b'{"id":"deep","input":' + NESTED + b"}}]}",
    ],
)
def test_json_nested_ten_thousand_deep_is_refused(wire: Wire, body: bytes) -> None:
    assert wire.post(INGESTION, body).status == 400
    assert wire.post("/api/public/traces", body).status == 400
    assert wire.post("/api/public/otel/v1/traces", body).status == 400


@pytest.mark.parametrize("length", [1, 799, 800, 801, 5000])
def test_ids_of_any_length_are_taken_or_refused(wire: Wire, length: int) -> None:
    trace_id = "i" * length
    reply = wire.post(INGESTION, encoded({"batch": [trace(trace_id), trace("beside")]}))
    statuses = [each["status"] for each in reply.body["successes"] + reply.body["errors"]]

    assert reply.status == 207
    assert sorted(statuses) == ([201, 201] if length <= 800 else [201, 400])
    assert wire.get(f"/api/public/traces/{trace_id}").status == (200 if length <= 800 else 404)


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "a\x00b",
        "\x1b[31m",
        "\r\n",
        "\u2028",
        "\ufeff",
        "\ud800",
        "\udfff\ud800",
        "👩‍👩‍👧",
        "\u202e",
    ],
)
def test_strange_characters_harm_nothing(wire: Wire, text: str) -> None:
    name = f"name {text}"
    batch = [trace(f"t-{uuid.uuid4()}", name=name, input={text: text}, userId=text, tags=[text])]
    batch.append(trace("beside"))
    reply = wire.post(INGESTION, encoded({"batch": batch}))
    trace_id = batch[0]["body"]["id"]
    wire.post(INGESTION, encoded({"batch": [trace(f"id {text}")]}))
    kept = wire.get(f"/api/public/traces/{trace_id}").body

    assert reply.status == 207
    assert {each["status"] for each in reply.body["successes"]} == {201}
    assert kept["name"].startswith("name ")
    assert wire.get(f"/api/public/traces?name={quoted(name)}").status == 200


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "9" * 400, "-" + "9" * 30, "1e-400", "9223372036854775808", "-0"]
)
def test_huge_numbers_harm_nothing(wire: Wire, number: str) -> None:
    stem = uuid.uuid4()
    body = (
        '{"batch":[{"id":"a","type":"generation-create","timestamp":"2026-11-20T12:00:00Z","body":'
        f'{{"id":"g-{stem}","traceId":"t-{stem}","input":{number},"metadata":{{"n":{number}}},'
        f'"usageDetails":{{"input":{number}}},"costDetails":{{"input":{number}}}}}}},'
        '{"id":"b","type":"score-create","timestamp":"2026-11-20T12:00:00Z","body":'
        f'{{"id":"s-{stem}","traceId":"t-{stem}","name":"n","value":{number}}}}},'
        + json.dumps(trace(f"t-{stem}"))
        + "]}"
    )
    reply = wire.post(INGESTION, body.encode())

    assert reply.status == 207
    assert wire.get(f"/api/public/traces/t-{stem}").status == 200


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "nul", "'a'", "01", "{,}", ""])
def test_what_is_no_json_is_said_to_be_none(wire: Wire, word: str) -> None:
    reply = wire.post(INGESTION, f'{{"batch":[{{"id":{word}}}]}}'.encode())

    assert (reply.status, reply.body) == (400, "Invalid JSON")


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/xml", "json", "*/*;;"])
def test_any_content_type_is_answered(wire: Wire, content_type: str) -> None:
    assert wire.post(INGESTION, b'{"batch":[]}', content_type=content_type).status == 400


def test_a_body_past_the_limit_is_413(wire: Wire) -> None:
    body = encoded({"batch": [trace("large", input="x" * 5 * 1024 * 1024)]})

    assert wire.post(INGESTION, body).status == 413
    assert wire.post("/api/public/traces", body).status == 413


def quoted(text: str) -> str:
    """As a browser would quote it, lone surrogates as the bytes they would be."""
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture(scope="module")
def wire_forever(running_service: Service) -> Iterator[Wire]:
    """For many examples."""
    made = Wire(running_service)
    yield made
    made.close()
