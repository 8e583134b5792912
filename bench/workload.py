"""What the load consists of: chats of five observations, about 3 KB each, encoded for both doors.

Trace `i` is the same in every run but for its times; a request carries whole traces.
"""

import json
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Status

OBSERVATIONS_PER_TRACE = 5
_WEEK_SECONDS = 7 * 86_400
_MODELS = ("gpt-4o", "gpt-4o-mini", "claude-sonnet-4-5", "gemini-2.5-flash", "llama3.1:8b")
_SYLLABLES = [
    "ka",
    "re",
    "mo",
    "ti",
    "lu",
    "sen",
    "dor",
    "vi",
    "pra",
    "ne",
    "gal",
    "um",
    "be",
    "ri",
    "ston",
    "ve",
    "la",
    "ci",
    "der",
    "ing",
    "al",
    "ment",
    "er",
]


@dataclass(frozen=True, slots=True)
class Observation:
    """One step of a chat."""

    id: str
    parent_id: str | None
    type: str
    name: str
    start: float
    end: float
    input: Any
    output: Any
    usage: dict[str, int] | None = None
    model: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One chat turn."""

    id: str
    name: str
    user_id: str
    session_id: str
    tags: list[str]
    observations: list[Observation]


def traces(first: int, count: int) -> list[Trace]:
    """Chats `first` to `first + count - 1`, at times within the last week."""
    now = time.time()
    return [_trace(number, now) for number in range(first, first + count)]


def _trace(number: int, now: float) -> Trace:
    rng = random.Random(f"bench:{number}")  # the same text each time is what matters
    ids = [f"{rng.getrandbits(64) | 1:016x}" for _ in range(OBSERVATIONS_PER_TRACE)]
    start = now - rng.random() * _WEEK_SECONDS
    question, plan = _text(rng, 500), _text(rng, 1500)
    system = {"role": "system", "content": _text(random.Random(number % 4), 400)}
    asked = [system, {"role": "user", "content": question + " " + _text(rng, 1300)}]
    answered = [*asked, {"role": "assistant", "content": plan[:400]}]
    documents = [{"id": f"doc-{n}", "score": 0.9, "content": _text(rng, 450)} for n in range(3)]
    answer = {"role": "assistant", "content": _text(rng, 2000)}
    failed = "TimeoutError: the tool did not answer" if rng.random() < 0.05 else None
    first = Observation(
        ids[0], None, "AGENT", "support-agent", start, start + 5, {"question": question}, answer
    )
    steps = (
        ("RETRIEVER", "vector-search", {"query": question[:200]}, documents, None),
        ("GENERATION", "plan", asked, {"role": "assistant", "content": plan}, None),
        ("TOOL", "lookup", {"q": question[:100]}, {"rows": [_text(rng, 120)] * 3}, failed),
        ("GENERATION", "answer", answered, answer, None),
    )
    children = [
        Observation(
            *(ids[place], ids[0], kind, name, start + place, start + place + 0.9, given, result),
            usage={"input": 700, "output": 400, "total": 1100} if kind == "GENERATION" else None,
            model=rng.choice(_MODELS) if kind == "GENERATION" else None,
            error=error,
        )
        for place, (kind, name, given, result, error) in enumerate(steps, 1)
    ]
    user = f"user-{int(rng.paretovariate(1.1)) % 200:03d}"
    tags = ["bench", rng.choice(("search", "billing", "code"))]
    trace_id = f"{rng.getrandbits(128) | 1:032x}"
    return Trace(trace_id, "support-agent", user, f"s-{number // 4}", tags, [first, *children])


def _text(rng: random.Random, characters: int) -> str:
    vocabulary, weights = _vocabulary()
    return " ".join(rng.choices(vocabulary, cum_weights=weights, k=characters // 6 + 2))[
        :characters
    ]


@cache
def _vocabulary() -> tuple[list[str], list[float]]:
    """Words with the frequencies of a language, so that texts compress as chats do."""
    rng = random.Random(7)
    words = sorted({"".join(rng.choices(_SYLLABLES, k=rng.randint(1, 4))) for _ in range(8000)})
    rng.shuffle(words)
    weights: list[float] = []
    for place in range(len(words)):
        weights.append((weights[-1] if weights else 0) + 1 / (place + 3))
    return words, weights


# -- OTLP, as the Langfuse SDKs from version 3 on send it ----------------------------------------


def otlp_body(batch: list[Trace]) -> bytes:
    """One protobuf export."""
    export = ExportTraceServiceRequest()
    resource = export.resource_spans.add()
    _attribute(resource.resource.attributes, "service.name", "bench")
    scope = resource.scope_spans.add()
    scope.scope.name, scope.scope.version = "langfuse-sdk", "3.15.0"
    for trace in batch:
        for observation in trace.observations:
            _span(scope.spans.add(), trace, observation)
    return export.SerializeToString()


def _span(span: Any, trace: Trace, observation: Observation) -> None:
    span.trace_id = bytes.fromhex(trace.id)
    span.span_id = bytes.fromhex(observation.id)
    span.parent_span_id = bytes.fromhex(observation.parent_id or "")
    span.name = observation.name
    span.start_time_unix_nano = int(observation.start * 1e9)
    span.end_time_unix_nano = int(observation.end * 1e9)
    if observation.error:
        span.status.code, span.status.message = Status.STATUS_CODE_ERROR, observation.error
    for key, value in _span_attributes(trace, observation).items():
        _attribute(span.attributes, key, value)


def _span_attributes(trace: Trace, observation: Observation) -> dict[str, Any]:
    own = "langfuse.observation."
    found: dict[str, Any] = {
        own + "type": observation.type.lower(),
        own + "input": _json(observation.input),
        own + "output": _json(observation.output),
        own + "metadata.attempt": "1",
        "user.id": trace.user_id,
        "session.id": trace.session_id,
        "langfuse.environment": "production",
    }
    if observation.parent_id is None:
        found["langfuse.trace.name"] = trace.name
        found["langfuse.trace.tags"] = trace.tags
        found["langfuse.trace.metadata.tenant"] = "t1"
    if observation.model:
        found[own + "model.name"] = observation.model
        found[own + "model.parameters"] = _json({"temperature": 0.2})
        found[own + "usage_details"] = _json(observation.usage)
    return found


def _attribute(attributes: Any, key: str, value: str | list[str]) -> None:
    entry = attributes.add()
    entry.key = key
    if isinstance(value, str):
        entry.value.string_value = value
        return
    for item in value:
        entry.value.array_value.values.add().string_value = item


# -- JSON batches, as the SDKs of version 2 send them --------------------------------------------


def ingestion_body(batch: list[Trace]) -> bytes:
    """One batch for POST /api/public/ingestion."""
    events = []
    for trace in batch:
        at = _iso(trace.observations[0].start)
        body: dict[str, Any] = {"id": trace.id, "timestamp": at, "name": trace.name}
        body |= {"userId": trace.user_id, "sessionId": trace.session_id, "tags": trace.tags}
        body |= {"metadata": {"tenant": "t1"}, "input": trace.observations[0].input}
        events.append(_event("trace-create", at, body | {"environment": "production"}))
        events += [_observation_event(trace, observation) for observation in trace.observations]
    return _json({"batch": events}).encode()


def _observation_event(trace: Trace, observation: Observation) -> dict[str, Any]:
    body: dict[str, Any] = {
        "id": observation.id,
        "traceId": trace.id,
        "parentObservationId": observation.parent_id,
        "name": observation.name,
        "startTime": _iso(observation.start),
        "endTime": _iso(observation.end),
        "input": observation.input,
        "output": observation.output,
        "metadata": {"attempt": "1"},
        "environment": "production",
    }
    if observation.error:
        body |= {"level": "ERROR", "statusMessage": observation.error}
    if observation.model is None:
        return _event("span-create", body["startTime"], body)
    body |= {"model": observation.model, "modelParameters": {"temperature": 0.2}}
    return _event("generation-create", body["startTime"], body | {"usage": observation.usage})


def _event(kind: str, at: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{kind}:{body['id']}", "type": kind, "timestamp": at, "body": body}


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
