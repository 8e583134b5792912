"""Events of one entity as clients send them, and what the contract says they make together.

`expected` lays the events over each other one by one in the order of their clocks, as plainly as
the table of contract/ingestion.md 6.2 puts it; it shares no code with what it checks.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from collector.ingest.batch import read_batch
from collector.records.change import Change

Event = dict[str, Any]

START_MS = 1_795_000_000_000
OBSERVATION_TYPES = (
    *("span-create", "span-update", "event-create", "generation-create", "generation-update"),
    *("agent-create", "tool-create", "chain-create", "retriever-create", "evaluator-create"),
    *("embedding-create", "guardrail-create", "observation-create", "observation-update"),
)
TYPES = {"trace": ("trace-create",), "observation": OBSERVATION_TYPES, "score": ("score-create",)}

_Any = st.SearchStrategy[Any]
_texts = st.sampled_from([None, "", "a", "b"])
_scalars = st.sampled_from([None, 0, 1, True, "", "x", "5"])
_trees = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqr"), inner),
    max_leaves=6,
)
_metadata = st.dictionaries(st.sampled_from("kmn"), _trees, max_size=3) | _trees
_payloads: _Any = st.sampled_from([None, "", 0, False, {}, [], "text", 7, {"q": [1, 2.5]}])
_environments = st.sampled_from([None, "prod", "Langfuse-Test", "a b", 5])
_moments = st.integers(0, 9)
_counts = st.dictionaries(
    st.sampled_from(["input", "output", "cached", "total"]), st.sampled_from([0, 3, -1]), max_size=3
)
_costs = st.dictionaries(
    st.sampled_from(["input", "output", "total", "x"]),
    st.sampled_from([0, 0.25, 2, -1]),
    max_size=3,
)


def iso(offset: int) -> str:
    """A time some seconds after the start, with a fraction to be cut."""
    moment = datetime.fromtimestamp(START_MS / 1000 + offset, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.0019999Z")


MILLISECONDS = {iso(offset): START_MS + offset * 1000 + 1 for offset in range(10)}


_TRACE = {
    "timestamp": _moments.map(iso),
    **dict.fromkeys(("name", "userId", "sessionId", "release", "version"), _texts),
    **dict.fromkeys(("input", "output"), _payloads),
    "metadata": _metadata,
    "tags": st.none() | st.lists(st.sampled_from(["\U0001f600", "\ufb01", "b", "a"]), max_size=3),
    "public": st.sampled_from([None, True, False]),
    "environment": _environments,
}
_OBSERVATION = {
    "startTime": _moments.map(iso),
    "traceId": st.sampled_from(["t1", "t2"]),
    **dict.fromkeys(("name", "statusMessage", "version"), _texts),
    "level": st.sampled_from([None, "DEBUG", "DEFAULT", "ERROR"]),
    "metadata": _metadata,
    "parentObservationId": st.sampled_from([None, "", "o1", "o2"]),
    **dict.fromkeys(("input", "output"), _payloads),
}
_SPAN = {"endTime": st.none() | _moments.map(iso)}
_ENVIRONMENT = {"environment": _environments}
_MODEL = {
    "completionStartTime": st.none() | _moments.map(iso),
    "model": _texts,
    "modelParameters": st.sampled_from([None, {}, {"t": 0.5}, {"t": "1", "top": 2}]),
    "usageDetails": st.none() | _counts,
    "costDetails": st.none() | _costs,
}
_PROMPTS: _Any = st.sampled_from(
    [{}, {"promptName": "p", "promptVersion": 1}, {"promptName": None}]
)
_SCORE = {
    **dict.fromkeys(("comment", "queueId", "executionTraceId"), _texts),
    "configId": st.sampled_from([None, ""]),
    "observationId": st.sampled_from([None, "o1", "o2"]),
    "metadata": _metadata,
    "environment": _environments,
    "source": st.sampled_from(["API", "EVAL"]),
}
_VALUES: _Any = st.sampled_from(
    [
        {"value": 0.5},
        {"value": "good"},
        {"value": 1, "dataType": "BOOLEAN"},
        {"value": "long", "dataType": "TEXT"},
        {"value": "right", "dataType": "CORRECTION", "configId": None},
    ]
)


def _schema(event_type: str) -> dict[str, _Any]:
    word = event_type.partition("-")[0]
    if word == "trace":
        return _TRACE
    if word == "observation":
        return _OBSERVATION | _SPAN | _MODEL
    extra = {"event": {}, "span": _SPAN}.get(word, _SPAN | _MODEL)
    return _OBSERVATION | _ENVIRONMENT | extra


@st.composite
def events(draw: st.DrawFn, event_type: str, entity_id: str, clocks: Sequence[int]) -> Event:
    """One event of a type, at one of the seconds given."""
    optional = _SCORE if event_type == "score-create" else _schema(event_type)
    body = draw(st.fixed_dictionaries({}, optional=optional))
    if event_type == "score-create":
        target = draw(st.sampled_from(["t1", "t2"]))
        body |= {"name": draw(st.sampled_from("nm")), "traceId": target, **draw(_VALUES)}
    elif event_type.startswith("observation-"):
        body["type"] = draw(st.sampled_from(["GENERATION", "SPAN", "EVENT"]))
    if "usageDetails" in optional and not event_type.startswith("observation-"):
        body |= draw(_PROMPTS)
    body["id"] = entity_id
    at = draw(st.sampled_from(clocks))
    return {"id": f"{entity_id} {at}", "type": event_type, "timestamp": iso(at), "body": body}


@st.composite
def entities(draw: st.DrawFn, kind: str, entity_id: str = "e", most: int = 4) -> list[Event]:
    """The events of one entity, no two of the same clock, in any order."""
    types = draw(st.lists(st.sampled_from(TYPES[kind]), min_size=1, max_size=most))
    drawn = [draw(events(word, entity_id, range(8))) for word in types]
    return list({_clock(event): event for event in drawn}.values())


def changes(sent: Iterable[Event]) -> list[Change]:
    """The changes these events mean; all of them are good."""
    result = read_batch({"batch": list(sent)}, "project")
    assert result.errors == []
    return result.changes


def _clock(event: Event) -> tuple[str, bool]:
    return (event["timestamp"], event["type"].endswith("-update"))


# -- what is to be expected --------------------------------------------------------------------

_CLEARED = {
    "trace": ("name", "userId", "sessionId", "release", "version"),
    "observation": ("name", "level", "model"),
    "score": ("comment", "observationId", "configId", "queueId", "executionTraceId"),
}
_STICKY = (
    *("statusMessage", "parentObservationId", "endTime", "completionStartTime"),
    *("modelParameters", "promptName", "promptVersion"),
)


def expected(kind: str, sent: Iterable[Event]) -> dict[str, Any]:
    """The record in the client's words, fields without a value left out."""
    ordered = sorted(sent, key=_clock)
    bodies = [event["body"] for event in ordered]
    record: dict[str, Any] = _first_wins(kind, ordered[0], bodies)
    for event in ordered:
        body = event["body"]
        for name in _CLEARED[kind]:
            if name in body:
                record[name] = body[name]
        _lay_others(kind, record, event)
        if body.get("metadata") is not None:
            said = _as_object(body["metadata"])
            record["metadata"] = _deep(record.get("metadata", {}), said)
    return {name: value for name, value in record.items() if value is not None}


def _first_wins(kind: str, first: Event, bodies: list[dict[str, Any]]) -> dict[str, Any]:
    body = first["body"]
    named = {"prod": "prod", "Langfuse-Test": "test"}
    record: dict[str, Any] = {"environment": named.get(body.get("environment"), "default")}
    own = {"trace": "timestamp", "observation": "startTime"}.get(kind)
    record["time"] = body.get(own) or first["timestamp"]
    if kind != "trace":
        record["traceId"] = next((b["traceId"] for b in bodies if "traceId" in b), None)
    return record


def _lay_others(kind: str, record: dict[str, Any], event: Event) -> None:
    body = event["body"]
    for name in (*_STICKY, *(("version",) if kind == "observation" else ())):
        if body.get(name) is not None:
            record[name] = body[name]
    for name in ("input", "output"):
        value = body.get(name)
        if value or isinstance(value, (dict, list)):
            written = json.dumps(value, separators=(",", ":"))
            record[name] = value if isinstance(value, str) else written
    for name, whole in (("usageDetails", "usage"), ("costDetails", "cost")):
        amounts = {key: n for key, n in (body.get(name) or {}).items() if n >= 0}
        if amounts:
            record[whole] = amounts
    if kind == "trace":
        record["public"] = body.get("public") is True
        tags = {*(record.get("tags") or ()), *(body.get("tags") or ())}
        record["tags"] = sorted(tags, key=lambda tag: tag.encode("utf-16-be")) or None
    elif kind == "observation":
        record["type"] = body.get("type") or event["type"].partition("-")[0].upper()
    else:
        record["source"] = body.get("source", "API")
        record["name"] = body["name"]
        record["said"] = (body["value"], body.get("dataType"))


def _as_object(metadata: Any) -> dict[str, Any]:
    if isinstance(metadata, dict):
        return metadata
    written = json.dumps(metadata, separators=(",", ":"))
    return {"metadata": metadata if isinstance(metadata, str) else written}


def _deep(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {k: _deep(old[k], v) if k in old else v for k, v in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        merged = [_deep(a, b) for a, b in zip(old, new, strict=False)]
        return merged + new[len(merged) :] + old[len(merged) :]
    return new


# -- in the words of the store -----------------------------------------------------------------

_NAMES = {
    "userId": "user_id",
    "sessionId": "session_id",
    "statusMessage": "status_message",
    "parentObservationId": "parent_id",
    "traceId": "trace_id",
    "endTime": "end_ms",
    "completionStartTime": "completion_start_ms",
    "modelParameters": "model_parameters",
    "promptName": "prompt_name",
    "promptVersion": "prompt_version",
    "observationId": "observation_id",
    "configId": "config_id",
    "queueId": "queue_id",
    "executionTraceId": "execution_trace_id",
}
_TIMES = {"trace": "timestamp_ms", "observation": "start_ms", "score": "timestamp_ms"}


def expected_values(kind: str, sent: Iterable[Event]) -> dict[str, Any]:
    """`expected` as the values of a merged record."""
    record = expected(kind, sent)
    values = {_NAMES.get(name, name): value for name, value in record.items()}
    values[_TIMES[kind]] = values.pop("time")
    for name in ("timestamp_ms", "start_ms", "end_ms", "completion_start_ms"):
        if name in values:
            values[name] = MILLISECONDS[values[name]]
    if kind == "score":
        values |= _STORED_SCORES[values.pop("said")]
    return values


_STORED_SCORES = {
    (0.5, None): {"data_type": "NUMERIC", "value": 0.5, "long_string_value": ""},
    ("good", None): {
        "data_type": "CATEGORICAL",
        "value": 0,
        "string_value": "good",
        "long_string_value": "",
    },
    (1, "BOOLEAN"): {
        "data_type": "BOOLEAN",
        "value": 1,
        "string_value": "True",
        "long_string_value": "",
    },
    ("long", "TEXT"): {
        "data_type": "TEXT",
        "value": 0,
        "string_value": "long",
        "long_string_value": "",
    },
    ("right", "CORRECTION"): {
        "data_type": "CORRECTION",
        "value": 0,
        "long_string_value": "right",
        "name": "output",
    },
}
