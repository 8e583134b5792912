"""Whatever comes in: either changes that can be stored, or the declared refusal."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import TooLarge
from collector.guardrails import recognise
from collector.ingest.otlp import Export, changes_of
from collector.ingest.otlp_json import JsonExport
from collector.ingest.otlp_protobuf import ProtobufExport
from collector.ingest.otlp_span import InvalidExport
from collector.records.change import Change
from collector.records.merge import begin
from collector.records.tools import tools_of
from tests.ingest.exports import json_export, json_span, protobuf_export

KEYS = st.sampled_from(
    [
        *("langfuse.observation.type", "langfuse.observation.input", "langfuse.trace.tags"),
        *("langfuse.observation.metadata", "langfuse.observation.metadata.k", "langfuse.metadata"),
        *("langfuse.observation.usage_details", "langfuse.observation.cost_details"),
        *("langfuse.observation.model.parameters", "langfuse.observation.completion_start_time"),
        *("langfuse.observation.level", "langfuse.observation.prompt.version"),
        *("langfuse.experiment.metadata", "langfuse.experiment.item.version", "langfuse.version"),
        *("langfuse.environment", "langfuse.trace.public", "user.id", "session.id", "tag.tags"),
        *("gen_ai.operation.name", "gen_ai.request.model", "gen_ai.request.top_p", "gen_ai.prompt"),
        *("gen_ai.prompt.0.role", "gen_ai.prompt.99999.x", "gen_ai.completion.0", "gen_ai.system"),
        *("gen_ai.usage.input_tokens", "gen_ai.usage.details.x", "gen_ai.usage.cost"),
        *("gen_ai.input.messages", "gen_ai.system_instructions", "gen_ai.tool.name"),
        *("llm.input_messages.0.message.role", "llm.token_count.prompt", "llm.cost.total"),
        *("ai.operationId", "ai.response.text", "ai.response.toolCalls", "ai.model.id"),
        *("ai.response.providerMetadata", "ai.response.msToFirstChunk", "ai.usage.tokens"),
        *("ai.telemetry.metadata.langfusePrompt", "ai.telemetry.functionId", "operation.name"),
        *("genkit:input", "genkit:output", "genkit:name", "genkit:metadata:subtype"),
        *("gcp.vertex.agent.llm_response", "events", "prompt", "final_result", "lk.chat_ctx"),
        *("pydantic_ai.all_messages", "flue.turn.input", "mlflow.spanInputs", "model_config"),
        *("openinference.span.kind", "llm.invocation_parameters", "logfire.msg", "model"),
        *("gen_ai.tool.definitions", "ai.prompt.tools", "llm.tools.0.tool.json_schema"),
        *("model_request_parameters", "langfuse.observation.output", "gen_ai.output.messages"),
        *("gen_ai.security.verdict.type", "microsoft.security.risk.score", "guard.action"),
    ]
)
SCOPES = st.sampled_from(
    [
        *("langfuse-sdk", "ai", "genkit-tracer", "gcp.vertex.agent", "pydantic-ai"),
        *("@flue/opentelemetry", "livekit-agents", "other"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("usage", "messages", "config", "role", "content", "anthropic", "0", "x"),
                    *("tools", "tool_calls", "function", "function_tools", "name", "type"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
TEXTS = JSON.map(lambda value: orjson.dumps(value).decode()) | st.sampled_from(
    [
        *("", "[", "{}", "[]", "null", "NaN", '"\\ud800"', "1e999", "9" * 400, "0001-01-01"),
        *("2026-01-01T00:00:00Z", '"2026-01-01T00:00:00Z"', "[" * 300 + "]" * 300, "a,b,", "\0"),
    ]
)
VALUES = st.one_of(
    st.fixed_dictionaries({"stringValue": TEXTS}),
    st.fixed_dictionaries({"intValue": SCALARS}),
    st.fixed_dictionaries({"doubleValue": SCALARS}),
    st.fixed_dictionaries({"boolValue": SCALARS}),
    st.fixed_dictionaries({"arrayValue": JSON}),
    st.fixed_dictionaries({"kvlistValue": JSON}),
    st.fixed_dictionaries({"stringValue": TEXTS}).map(
        lambda item: {"arrayValue": {"values": [item, item]}}
    ),
    st.fixed_dictionaries({"stringValue": TEXTS}).map(
        lambda item: {"kvlistValue": {"values": [{"key": "content", "value": item}]}}
    ),
    JSON,
)
ATTRIBUTES = st.lists(
    st.fixed_dictionaries({"key": KEYS | st.text(max_size=5), "value": VALUES}), max_size=12
)
EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(
                [
                    *("gen_ai.user.message", "gen_ai.choice", "gen_ai.content.prompt"),
                    *("gen_ai.content.completion", "gen_ai.client.inference.operation.details"),
                    *("guard.evaluation", "x.security.finding", "exception"),
                ]
            ),
            "attributes": ATTRIBUTES,
        }
    ),
    max_size=3,
)


def made_into_a_row(change: Change) -> None:
    """What a flush asks of a change beside merging it."""
    values = begin(change).values
    tools = tools_of(values)
    orjson.dumps([tools.metadata, tools.definitions, tools.calls, tools.moved])
    recognise({**values, "metadata": tools.metadata, "output": values.get("output")})


def stored(open_export: Callable[[], Export], *, quoted: bool = False) -> int | None:
    """How many changes an export makes that can be written down; `None` when it is refused."""
    try:
        export = open_export()
    except (InvalidExport, TooLarge):
        return None
    count = 0
    for chunk in changes_of(export.spans(now_ms=1), quoted):
        for change in chunk:
            orjson.dumps(change.fields)
            assert isinstance(change.fields.get("input", ""), str)
            if change.kind == "observation":
                made_into_a_row(change)
            count += 1
    return count


@given(st.binary(max_size=200))
def test_random_bytes_are_refused_or_read(body: bytes) -> None:
    stored(lambda: ProtobufExport(body))
    stored(lambda: JsonExport(body))


@given(st.data())
def test_a_damaged_protobuf_export_is_refused_or_read(data: st.DataObject) -> None:
    body = bytearray(protobuf_export("a", "b", key="value").SerializeToString())
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    stored(lambda: ProtobufExport(bytes(body[: data.draw(st.integers(0, len(body)))])))


OTLP_KEYS = st.sampled_from(
    [
        *("resourceSpans", "resource", "scopeSpans", "scope", "spans", "attributes", "events"),
        *("traceId", "spanId", "parentSpanId", "startTimeUnixNano", "status", "key", "value"),
    ]
)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(OTLP_KEYS, inner, max_size=5),
    max_leaves=30,
)


@given(DOCUMENTS)
def test_random_json_is_refused_or_read(document: Any) -> None:
    stored(lambda: JsonExport(orjson.dumps(document)))
    stored(lambda: JsonExport(orjson.dumps({"resourceSpans": [{"scopeSpans": [document]}]})))
    stored(lambda: JsonExport(json_export(document)))
    times = {"startTimeUnixNano": document, "status": document, "name": document}
    stored(lambda: JsonExport(json_export(json_span(**times), scope=document, resource=document)))


@given(ATTRIBUTES, EVENTS, SCOPES, st.booleans())
def test_a_span_with_any_attributes_is_stored(
    attributes: list[Any], events: list[Any], scope: str, quoted: bool
) -> None:
    made = json_span(attributes=attributes, events=events)
    body = json_export(made, scope={"name": scope, "version": "5.0"})
    assert stored(lambda: JsonExport(body), quoted=quoted) == 2


@given(st.binary(max_size=100), st.sampled_from(["gzip", "deflate"]))
def test_random_bytes_are_no_archive_or_one(body: bytes, encoding: str) -> None:
    from collector.ingest.otlp_body import Inflater

    inflater = Inflater(encoding)
    with suppress(InvalidExport):
        for piece in inflater.pieces(body):
            assert len(piece) <= 256 * 1024
        inflater.end()
