"""Between a merged record and its rows: derived columns one way, values and clocks the other."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import orjson

from collector import metrics
from collector.records.change import Kind, Origin
from collector.records.merge import Merged
from collector.records.metadata import NEVER
from collector.records.payload import json_text
from collector.records.pricing import ModelPrice
from collector.records.tools import Tools, restored, tools_of
from collector.telemetry.amounts import amounts
from collector.telemetry.clocks import clocks_text, read_clocks

Row = dict[str, Any]

_PREVIEW_CHARACTERS = 120
_STATUS_CHARACTERS = 1_000
_METADATA_PREVIEW_CHARACTERS = 200
_METADATA_PREVIEW_KEYS_MAX = 64
_INTEGER_MAX = 2**53
PAYLOAD_OF = {"traces": "trace_payloads", "observations": "observation_payloads"}
_MEDIA = re.compile(r"@@@langfuseMedia:type=[^|@]*\|id=([A-Za-z0-9_-]{22})\|")


class Verdict(Protocol):
    """What a guardrail rule reads from an observation."""

    action: str
    stage: str
    scanner: str | None
    category: str | None
    severity: str | None
    score: float | None
    reason: str | None
    rule: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a flush asks beyond the record itself: given from outside, kept in memory."""

    price: Callable[[str, str, Mapping[str, int], Mapping[str, Any]], ModelPrice | None] = (
        lambda *_: None
    )
    count_unpriced: Callable[[], None] = lambda: None
    estimates_tokens: bool = False
    verdict: Callable[[Row], Verdict | None] = lambda _: None
    score_config: Callable[[str, str], Mapping[str, Any] | None] = lambda *_: None


# -- from rows ---------------------------------------------------------------------------------

_JSON_VALUES = frozenset(
    {
        *("metadata", "trace_metadata", "model_parameters", "experiment", "span_events"),
        "usage_attributes",
    }
)
_COLUMN_OF = {"usage": "provided_usage", "cost": "provided_cost"}
# Beside the clocks, as only a merge reads it: how tools came into the input.
_MOVED_TOOLS = "moved_tools"
_VALUES: dict[Kind, tuple[str, ...]] = {
    "trace": (
        *("timestamp_ms", "name", "user_id", "session_id", "release", "version", "environment"),
        *("tags", "public", "input", "output", "metadata"),
    ),
    "observation": (
        *("trace_id", "parent_id", "type", "name", "environment", "level", "status_message"),
        *("version", "start_ms", "end_ms", "completion_start_ms", "model", "model_parameters"),
        *("prompt_name", "prompt_version", "usage", "cost", "user_id", "session_id", "tags"),
        *("release", "public", "trace_name", "app_root", "scope_name", "scope_version"),
        *("service_name", "service_version", "input", "output", "metadata", "trace_metadata"),
        *("experiment", "span_events", "usage_attributes"),
    ),
    "score": (
        *("trace_id", "observation_id", "session_id", "dataset_run_id", "name", "data_type"),
        *("value", "string_value", "long_string_value", "comment", "metadata", "environment"),
        *("source", "config_id", "queue_id", "execution_trace_id", "author_user_id"),
        "timestamp_ms",
    ),
}


def merged_of(kind: Kind, row: Row) -> Merged:
    """The record a stored row stands for, ready for another event."""
    base = (row["base_ms"], row["base_rank"])
    merged = Merged(
        kind,
        row["id"],
        first=(row["first_ms"], row["first_rank"]),
        base=base,
        clocks=read_clocks(row.get("clocks"), base),
    )
    for name in _VALUES[kind]:
        column = (
            "score_source" if kind == "score" and name == "source" else _COLUMN_OF.get(name, name)
        )
        value = row.get(column)
        if value is None or merged.clocks.get(name) == NEVER:
            continue
        is_json = name in _JSON_VALUES or name in _COLUMN_OF
        merged.values[name] = orjson.loads(value) if is_json else value
    if kind == "observation":
        merged.values["end_ms"] = row["raw_end_ms"]
        # Only ever said to be true: false in the column means that nobody spoke of it.
        merged.values["app_root"] = row["app_root"] or None
    if moved := merged.clocks.pop(_MOVED_TOOLS, None):
        merged.values = restored(merged.values, moved)
    return merged


# -- to rows -----------------------------------------------------------------------------------


def stamp_of(merged: Merged, origin: Origin, created_ms: int, now_ms: int) -> Row:
    """What every row carries: who wrote it, when, and the clocks for the next merge."""
    return {
        "id": merged.id,
        "ingestion_key": origin.public_key,
        "sdk_name": origin.sdk_name,
        "sdk_version": origin.sdk_version,
        "source": origin.source,
        "first_ms": _integer(merged.first[0]),
        "first_rank": merged.first[1],
        "base_ms": _integer(merged.base[0]),
        "base_rank": merged.base[1],
        "clocks": clocks_text(merged),
        "created_ms": created_ms // 1000 * 1000,
        "updated_ms": now_ms,
    }


def trace_rows(merged: Merged, stamp: Row) -> tuple[Row, Row]:
    """The narrow row and the payload row of a trace."""
    values = merged.values
    narrow = {
        **stamp,
        "timestamp_ms": _integer(values["timestamp_ms"]),
        "name": values.get("name") or "",
        **{name: values.get(name) for name in ("user_id", "session_id", "release", "version")},
        "environment": values.get("environment") or "default",
        "tags": values.get("tags") or [],
        "public": bool(values.get("public")),
        "bookmarked": False,
        "has_record": True,
        "synthetic": False,
        **_previews(values),
    }
    payload = {
        "id": merged.id,
        "clocks": narrow.pop("clocks"),
        **_payload(values, "metadata"),
    }
    return _with_size(narrow, payload)


def placeholder_row(stamp: Row, timestamp_ms: int, environment: str) -> Row:
    """The narrow row of a trace that only its observations know of."""
    return {
        **stamp,
        "timestamp_ms": timestamp_ms,
        "name": "",
        "environment": environment,
        "tags": [],
        "public": False,
        "bookmarked": False,
        "has_record": False,
        "synthetic": False,
        "payload_bytes": 0,
    }


def observation_rows(
    merged: Merged, stamp: Row, project_id: str, knowledge: Knowledge
) -> tuple[Row, Row]:
    """The narrow row and the payload row of an observation."""
    tools = tools_of(merged.values)
    values = {**merged.values, "input": tools.input, "metadata": tools.metadata}
    start_ms, end_ms = _integer(values["start_ms"]), _integer_or_none(values.get("end_ms"))
    experiment = values.get("experiment") or {}
    narrow = {
        **stamp,
        "trace_id": values["trace_id"],
        "parent_id": values.get("parent_id") or None,
        "type": values.get("type") or "SPAN",
        "name": values.get("name") or "",
        "environment": values.get("environment") or "default",
        "level": values.get("level") or "DEFAULT",
        "start_ms": start_ms,
        "end_ms": None if end_ms is None else max(end_ms, start_ms),
        "raw_end_ms": end_ms,
        "completion_start_ms": _integer_or_none(values.get("completion_start_ms")),
        "model_parameters": _json_or_none(values.get("model_parameters")),
        "prompt_version": _small_integer(values.get("prompt_version")),
        "tags": values.get("tags") or [],
        "public": values.get("public"),
        "app_root": bool(values.get("app_root")),
        **{name: values.get(name) for name in _PLAIN_OBSERVATION_COLUMNS},
        **{f"experiment_{part}": experiment.get(part) for part in _EXPERIMENT_PARTS},
        "has_input": values.get("input") is not None,
        "has_output": values.get("output") is not None,
        "tool_names": list(tools.definitions),
        "called_tool_names": tools.called_names,
        "media_ids": _media_ids(values),
        **_previews(values),
        **amounts(values, project_id, knowledge),
    }
    status_message = values.get("status_message")
    narrow.update(_verdict_columns(knowledge.verdict(_read_by_rules(narrow, values))))
    narrow["status_message"] = _cut(status_message, _STATUS_CHARACTERS)
    payload = {
        "id": merged.id,
        "trace_id": values["trace_id"],
        "clocks": _with_moved(narrow.pop("clocks"), tools),
        "tool_definitions": json_text(tools.definitions) if tools.definitions else None,
        "tool_calls": json_text(tools.calls) if tools.calls else None,
        "status_message": status_message if status_message != narrow["status_message"] else None,
        **_payload(values, "metadata", "trace_metadata", "experiment", "span_events"),
        "usage_attributes": _json_or_none(values.get("usage_attributes")),
    }
    return _with_size(narrow, payload)


_PLAIN_OBSERVATION_COLUMNS = (
    *("version", "model", "prompt_name", "user_id", "session_id", "release"),
    *("trace_name", "scope_name", "scope_version", "service_name", "service_version"),
)
_EXPERIMENT_PARTS = ("id", "name", "dataset_id", "item_id", "item_root_id")


def score_row(merged: Merged, stamp: Row) -> Row:
    """The one row of a score."""
    values = merged.values
    narrow = {name: values.get(name) for name in _VALUES["score"] if name != "source"}
    return {
        **narrow,
        **stamp,
        "score_source": values.get("source") or "API",
        "environment": values.get("environment") or "default",
        "metadata": json_text(values.get("metadata") or {}),
        "timestamp_ms": _integer(values["timestamp_ms"]),
    }


def _read_by_rules(narrow: Row, values: Mapping[str, Any]) -> Row:
    return {
        **{name: narrow[name] for name in ("name", "type", "level")},
        "status_message": values.get("status_message"),
        "metadata": values.get("metadata") or {},
        "output": values.get("output"),
        "span_events": values.get("span_events") or [],
    }


def _verdict_columns(verdict: Verdict | None) -> Row:
    if verdict is None:
        return {}
    names = ("action", "stage", "scanner", "category", "severity", "score", "reason", "rule")
    return {f"guard_{name}": getattr(verdict, name) for name in names}


def _with_moved(clocks: str | None, tools: Tools) -> str | None:
    for limit in tools.limits_hit:
        metrics.LIMIT_HITS.labels(limit).inc()
    if tools.moved is None:
        return clocks
    return json_text({**orjson.loads(clocks or "{}"), _MOVED_TOOLS: tools.moved})


def _previews(values: Mapping[str, Any]) -> Row:
    metadata = values.get("metadata")
    return {
        "input_preview": _cut(values.get("input"), _PREVIEW_CHARACTERS),
        "output_preview": _cut(values.get("output"), _PREVIEW_CHARACTERS),
        "metadata_preview": _metadata_preview(metadata) if metadata else None,
    }


def _metadata_preview(metadata: Mapping[str, Any]) -> str:
    shown = list(metadata.items())[:_METADATA_PREVIEW_KEYS_MAX]
    texts = {
        key: _cut(
            value if isinstance(value, str) else json_text(value), _METADATA_PREVIEW_CHARACTERS
        )
        for key, value in shown
    }
    return json_text(texts)


def _with_size(narrow: Row, payload: Row) -> tuple[Row, Row]:
    size = sum(len(value) for value in payload.values() if isinstance(value, str))
    narrow["payload_bytes"] = size
    return narrow, payload


def _payload(values: Mapping[str, Any], *objects: str) -> Row:
    texts = {name: _json_or_none(values.get(name)) for name in objects}
    return {"input": values.get("input"), "output": values.get("output"), **texts}


def _media_ids(values: Mapping[str, Any]) -> list[str]:
    found: set[str] = set()
    for name in ("input", "output"):
        text = values.get(name)
        if text and "@@@langfuseMedia" in text:
            found.update(_MEDIA.findall(text))
    return sorted(found)


def _cut(text: str | None, characters: int) -> str | None:
    return None if text is None else text[:characters]


def _json_or_none(value: Any) -> str | None:
    return None if value is None else json_text(value)


def _integer(value: float) -> int:
    """Within what a column and JavaScript hold: a wilder number must not stop a flush."""
    return max(-_INTEGER_MAX, min(_INTEGER_MAX, int(value)))


def _integer_or_none(value: float | None) -> int | None:
    return None if value is None else _integer(value)


def _small_integer(value: Any) -> int | None:
    return value if isinstance(value, int) and -(2**31) <= value < 2**31 else None
