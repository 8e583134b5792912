"""The 49 recorded pairs of request and result; present where the contract folder is."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from collector.ingest.otlp import changes_of
from collector.ingest.otlp_json import JsonExport
from collector.records.change import Change
from collector.records.merge import begin
from collector.records.payload import json_text, payload_text
from collector.records.tools import tools_of

VECTORS = Path(__file__).parents[3] / "shared" / "contract" / "otel_vectors.jsonl"

# Name of an expected field, ours, and what an absent one of ours stands for.
FIELDS: dict[str, tuple[str, Any]] = {
    "parentSpanId": ("parent_id", None),
    "name": ("name", None),
    "type": ("type", None),
    "environment": ("environment", None),
    "level": ("level", None),
    "statusMessage": ("status_message", None),
    "version": ("version", None),
    "release": ("release", None),
    "promptName": ("prompt_name", None),
    "promptVersion": ("prompt_version", None),
    "modelName": ("model", None),
    "modelParameters": ("model_parameters", None),
    "providedUsageDetails": ("usage", None),
    "providedCostDetails": ("cost", {}),
    "tags": ("tags", []),
    "public": ("public", None),
    "isAppRoot": ("app_root", False),
    "traceName": ("trace_name", None),
    "userId": ("user_id", None),
    "sessionId": ("session_id", None),
}
EXPERIMENT = {
    "experimentId": "id",
    "experimentName": "name",
    "experimentDatasetId": "dataset_id",
    "experimentItemId": "item_id",
    "experimentItemRootSpanId": "item_root_id",
    "experimentItemExpectedOutput": "item_expected_output",
}
# Every key that is compared: a new one in the recordings must not be passed over.
KNOWN = {
    *(FIELDS.keys() | EXPERIMENT.keys()),
    *("startTimeISO", "endTimeISO", "completionStartTime", "metadata", "input", "output"),
    *("toolDefinitions", "toolCalls", "toolCallNames", "experimentItemVersion"),
    *(f"experiment{of}Metadata{part}" for of in ("", "Item") for part in ("Names", "Values")),
}
TRACE = {
    "name": "name",
    "environment": "environment",
    "version": "version",
    "release": "release",
    "userId": "user_id",
    "sessionId": "session_id",
    "public": "public",
}


def changes(request: Any) -> tuple[Change, Change]:
    export = JsonExport(orjson.dumps(request))
    [chunk] = changes_of(export.spans(now_ms=0))
    [observation] = [change for change in chunk if change.kind == "observation"]
    [trace] = [change for change in chunk if change.kind == "trace"]
    return observation, trace


def iso(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def flattened(value: dict[str, Any], prefix: str = "") -> dict[str, str]:
    flat: dict[str, str] = {}
    for key, item in value.items():
        if isinstance(item, dict):
            flat |= flattened(item, f"{prefix}{key}.")
        else:
            flat[prefix + key] = item if isinstance(item, str) else json_text(item)
    return flat


def check_observation(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    ours = {name: fields.get(own, absent) for name, (own, absent) in FIELDS.items()}
    theirs = {name: expected.get(name, absent) for name, (_, absent) in FIELDS.items()}
    # A cost as text damages the record there; here it is the number.
    theirs["providedCostDetails"] = {
        key: float(value) for key, value in theirs["providedCostDetails"].items()
    }
    assert ours == theirs
    assert iso(fields["start_ms"]) == expected["startTimeISO"]
    assert iso(fields["end_ms"]) == expected["endTimeISO"]
    completion = fields.get("completion_start_ms")
    assert (completion and iso(completion)) == expected.get("completionStartTime")
    assert fields.get("output") == payload_text(expected.get("output"))


def check_tools(observation: Change, expected: dict[str, Any]) -> None:
    """Input and metadata too: the definitions move from these into that."""
    values = begin(observation).values
    tools = tools_of(values)
    assert tools.input == payload_text(expected.get("input"))
    metadata = {**(tools.metadata or {}), **values.get("trace_metadata", {})}
    assert metadata == expected["metadata"]
    assert tools.definitions == expected.get("toolDefinitions", {})
    assert tools.calls == expected.get("toolCalls", [])
    assert tools.called_names == expected.get("toolCallNames", [])


def check_experiment(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    said = fields.get("experiment", {})
    ours = {name: said.get(own) for name, own in EXPERIMENT.items()}
    assert ours == {name: expected.get(name) for name in EXPERIMENT}
    for name, own in (
        ("experimentMetadata", "metadata"),
        ("experimentItemMetadata", "item_metadata"),
    ):
        theirs = zip(
            expected.get(f"{name}Names", ()), expected.get(f"{name}Values", ()), strict=True
        )
        assert flattened(said.get(own, {})) == dict(theirs)
    version = said.get("item_version_ms")
    assert (version and iso(version)) == expected.get("experimentItemVersion")


def check_trace(trace: Change, kind: str, legacy: dict[str, Any]) -> None:
    expected = legacy["trace"]
    assert trace.id == expected["id"]
    assert iso(trace.time_ms) == expected["timestamp"]
    fields = trace.fields
    assert {own: fields[own] for own in TRACE.values() if own in fields} == {
        own: expected[name] for name, own in TRACE.items() if name in expected
    }
    assert fields.get("tags", []) == expected.get("tags", [])
    for side in ("input", "output"):
        assert fields.get(side) == payload_text(expected.get(side))
    assert sorted(fields.get("metadata", {})) == legacy.get("traceMetadataKeys", [])
    assert f"{kind.lower()}-create" == legacy["observationEventType"]


if VECTORS.exists():
    CASES = [json.loads(line) for line in VECTORS.read_text().splitlines()]

    @pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
    def test_a_span_becomes_the_recorded_observation_and_trace(case: dict[str, Any]) -> None:
        observation, trace = changes(case["request"])
        fields = observation.fields
        expected, legacy = case["expectedEvent"], case["legacyDerived"]
        check_observation(fields, expected)
        check_tools(observation, expected)
        check_experiment(fields, expected)
        check_trace(trace, fields["type"], legacy)
        assert expected.keys() <= KNOWN
