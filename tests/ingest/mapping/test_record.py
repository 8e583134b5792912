"""The changes of an observation and of its trace."""

from typing import Any

import pytest

from collector import metrics
from collector.ingest.mapping.record import SPAN_VERDICTS_MAX
from collector.ingest.otlp import CHUNK_SPANS_MAX, changes_of
from tests.ingest.exports import START_MS, TRACE_ID, mapped, observed, span, traced


def test_a_span_is_an_observation_dated_by_its_start() -> None:
    observation, _ = mapped(span(parent_id="p", resource={"service.name": "svc"}))
    assert (observation.time_ms, observation.update) == (START_MS, False)
    fields = observation.fields
    assert (fields["trace_id"], fields["parent_id"]) == (TRACE_ID, "p")
    assert (fields["start_ms"], fields["end_ms"]) == (START_MS, START_MS + 1000)
    assert (fields["scope_name"], fields["service_name"]) == ("some.scope", "svc")


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        ({}, "step"),
        ({"ai.operationId": "ai.x"}, "ai.x"),
        ({"ai.operationId": "ai.x", "ai.telemetry.functionId": "f"}, "f:ai.x"),
        ({"ai.operationId": "ai.x", "ai.toolCall.name": "tool"}, "tool"),
        ({"ai.toolCall.name": "tool", "logfire.msg": "m"}, "m"),
        ({"logfire.msg": "m", "genkit:name": ""}, ""),
        ({"gen_ai.tool.name": {"n": 1}}, '{"n":1}'),
        ({"gen_ai.tool.name": "", "logfire.msg": ""}, "step"),
    ],
)
def test_a_tool_or_operation_has_a_name_of_its_own(attributes: dict[str, Any], name: str) -> None:
    assert observed(attributes)["name"] == name


@pytest.mark.parametrize(
    ("said", "status", "level"),
    [
        (None, 0, "DEFAULT"),
        (None, 2, "ERROR"),
        (" warn ", 2, "WARNING"),
        ("verbose", 0, "DEBUG"),
        ("fatal", 0, "ERROR"),
        ("ok", 2, "DEFAULT"),
        ("unknown", 2, "ERROR"),
        (5, 0, "DEFAULT"),
    ],
)
def test_the_level_is_said_or_follows_the_status(said: Any, status: int, level: str) -> None:
    attributes = {} if said is None else {"langfuse.observation.level": said}
    assert observed(attributes, status_code=status)["level"] == level


def test_noise_of_livekit_is_debug_unless_it_failed() -> None:
    noise: dict[str, Any] = {"name": "tts_node", "scope": "livekit-agents"}
    assert observed(**noise)["level"] == "DEBUG"
    assert observed(**noise, status_code=2)["level"] == "ERROR"


def test_a_status_message_is_the_sdks_or_the_spans() -> None:
    assert observed(status_message="span")["status_message"] == "span"
    said = {"langfuse.observation.status_message": "sdk"}
    assert observed(said, status_message="span")["status_message"] == "sdk"
    assert "status_message" not in observed()


@pytest.mark.parametrize(
    ("attributes", "waited_ms"),
    [
        ({"langfuse.observation.completion_start_time": '"2023-11-14T22:13:20.250Z"'}, 250),
        ({"ai.response.msToFirstChunk": 12.3, "ai.stream.msToFirstChunk": 1}, 13),
        ({"ai.stream.msToFirstChunk": 5}, 5),
        ({"ai.stream.msToFirstChunk": "5"}, None),
        ({"langfuse.observation.completion_start_time": "later"}, None),
    ],
)
def test_the_first_token_has_a_time(attributes: dict[str, Any], waited_ms: int | None) -> None:
    at = observed(attributes).get("completion_start_ms")
    assert at == (None if waited_ms is None else START_MS + waited_ms)


class TestTraces:
    """What a span says about its trace."""

    def test_a_root_gives_its_own_name_and_payload(self) -> None:
        fields = traced({"input": "i", "output": "o", "langfuse.trace.output": "said"})
        assert (fields["name"], fields["input"], fields["output"]) == ("step", "i", "said")
        assert (fields["version"], fields["release"]) == (None, None)

    @pytest.mark.parametrize("marker", ["as_root", "is_app_root"])
    def test_a_marked_child_is_a_root(self, marker: str) -> None:
        fields = traced({f"langfuse.internal.{marker}": "true", "input": "i"}, parent_id="p")
        assert (fields["name"], fields["input"]) == ("step", "i")

    def test_a_child_says_only_what_it_says_of_the_trace(self) -> None:
        fields = traced({"langfuse.trace.name": "chat", "input": "own"}, parent_id="p")
        assert fields["name"] == "chat"
        assert "input" not in fields

    def test_a_child_without_trace_attributes_says_that_the_trace_exists(self) -> None:
        _, trace = mapped(span({"input": "own"}, parent_id="p"))
        assert (trace.id, trace.time_ms) == (TRACE_ID, START_MS)
        assert trace.fields == {"environment": "default"}

    def test_an_app_root_is_marked(self) -> None:
        assert observed({"langfuse.internal.is_app_root": True})["app_root"] is True
        assert "app_root" not in observed()


class TestManySpans:
    """Changes of a whole export."""

    def kinds(self, spans: list[Any]) -> list[tuple[str, int]]:
        changes = [change for chunk in changes_of(spans) for change in chunk]
        return [(change.id, len(change.fields)) for change in changes if change.kind == "trace"]

    def test_a_fuller_trace_replaces_the_shallow_one(self) -> None:
        spans = [
            span(span_id="a", parent_id="b"),
            span(span_id="b"),
            span(span_id="c", parent_id="b"),
        ]
        [(trace_id, fields)] = self.kinds(spans)
        assert trace_id == TRACE_ID
        assert fields > 1

    def test_a_trace_of_children_only_is_told_once_with_its_earliest_start(self) -> None:
        spans = [
            span(span_id=str(number), parent_id="p", start_ms=START_MS - number, end_ms=START_MS)
            for number in range(3)
        ]
        [chunk] = changes_of(spans)
        [trace] = [change for change in chunk if change.kind == "trace"]
        assert trace.time_ms == START_MS - 2

    def test_chunks_are_bounded_by_spans_and_by_bytes(self) -> None:
        many = [
            span({"langfuse.trace.name": str(number)}, span_id=str(number))
            for number in range(CHUNK_SPANS_MAX + 1)
        ]
        assert [len(chunk) for chunk in changes_of(many)] == [2 * CHUNK_SPANS_MAX, 2]
        large = [
            span({"langfuse.trace.name": str(number)}, span_id=str(number), bytes_on_wire=700_000)
            for number in range(4)
        ]
        assert [len(chunk) for chunk in changes_of(large)] == [4, 4]


def test_only_events_with_verdicts_are_kept() -> None:
    verdict = {"guard.action": "deny"}
    events = [("guard.evaluation", verdict), ("gen_ai.security.finding", {}), ("exception", {})]
    assert observed(events=events)["span_events"] == [
        {"name": "guard.evaluation", "time_ms": START_MS, "attributes": verdict},
        {"name": "gen_ai.security.finding", "time_ms": START_MS, "attributes": {}},
    ]
    assert "span_events" not in observed(events=[("exception", {})])


def test_verdicts_past_the_limit_are_counted_once() -> None:
    hits = metrics.LIMIT_HITS.labels("span_verdicts_max")
    before = hits._value.get()
    events = [("guard.evaluation", {"n": number}) for number in range(SPAN_VERDICTS_MAX + 5)]
    kept = observed(events=events)["span_events"]
    assert [event["attributes"]["n"] for event in kept] == list(range(SPAN_VERDICTS_MAX))
    assert hits._value.get() == before + 1
