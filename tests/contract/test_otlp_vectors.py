"""The recorded pairs of span and result, sent to the running service and read in version 1."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.turns import asking, get
from tests.servers.service import Service

Json = dict[str, Any]
Read = dict[str, tuple[Json, Json]]

VECTORS: Final = Path(__file__).parents[3] / "shared" / "contract" / "otel_vectors.jsonl"
LINES: Final = VECTORS.read_text().splitlines() if VECTORS.exists() else []
CASES: Final = [json.loads(line) for line in LINES]
TRACE_ID: Final = "0af7651916cd43dd8448eb211c80319c"
SPAN_ID: Final = "b7ad6b7169203331"
# Read in version 1 these have neither model nor usage, and an event has no end.
_BARE: Final = ("SPAN", "EVENT")
_TRACE: Final = ("name", "environment", "version", "release", "userId", "sessionId", "tags")


def plain(value: Any) -> Any:
    """As a read shows a stored text: what is JSON is read as JSON, and nothing as null."""
    if value == "":
        return None
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def with_total(usage: dict[str, int] | None) -> dict[str, int]:
    return {**usage, "total": usage.get("total", sum(usage.values()))} if usage else {}


@pytest.fixture(scope="module")
def read(running_service: Service) -> Read:
    """Observation and trace of each case; every case has ids of its own."""
    ids = {case["case"]: f"{number:032x}" for number, case in enumerate(CASES)}
    with asking(running_service) as http:
        for case in CASES:
            body = json.dumps(case["request"]).replace(TRACE_ID, ids[case["case"]])
            body = body.replace(SPAN_ID, ids[case["case"]][16:])
            headers = {"content-type": "application/json"}
            answer = http.post("/api/public/otel/v1/traces", content=body, headers=headers)
            assert answer.status_code == 200, answer.text
        return {
            name: (
                get(http, f"/api/public/observations/{trace_id[16:]}"),
                get(http, f"/api/public/traces/{trace_id}"),
            )
            for name, trace_id in ids.items()
        }


def check_observation(row: Json, case: Json) -> None:
    expected, legacy = case["expectedEvent"], case["legacyDerived"]
    is_bare = expected["type"] in _BARE
    usage = None if is_bare else expected.get("providedUsageDetails")

    assert f"{row['type'].lower()}-create" == legacy["observationEventType"]
    for key in ("name", "level", "environment"):
        assert row[key] == expected[key]
    for key in ("statusMessage", "version", "completionStartTime"):
        assert row[key] == expected.get(key)
    assert row["startTime"] == expected["startTimeISO"]
    assert row["endTime"] == (None if row["type"] == "EVENT" else expected["endTimeISO"])
    for side in ("input", "output"):
        assert row[side] == plain(expected.get(side))
    assert row["model"] == (None if is_bare else expected.get("modelName"))
    assert row["modelParameters"] == (None if is_bare else expected["modelParameters"])
    assert row["usageDetails"] == with_total(usage)


def check_metadata(row: Json, trace: Json, case: Json) -> None:
    expected = {key: plain(value) for key, value in case["expectedEvent"]["metadata"].items()}
    of_trace = set(case["legacyDerived"].get("traceMetadataKeys", []))

    assert row["metadata"].items() <= expected.items()
    assert expected.keys() - row["metadata"].keys() <= of_trace
    assert trace["metadata"].keys() == of_trace


def check_trace(trace: Json, case: Json) -> None:
    expected = case["legacyDerived"]["trace"]

    known = {"name": "", "tags": [], **expected}
    assert {key: trace[key] for key in _TRACE} == {key: known.get(key) for key in _TRACE}
    assert trace["timestamp"] == expected["timestamp"]
    assert trace["public"] is expected.get("public", False)
    for side in ("input", "output"):
        assert trace[side] == plain(expected.get(side))


if CASES:
    each = pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])

    @each
    def test_a_span_is_read_as_recorded(read: Read, case: Json) -> None:
        check_observation(read[case["case"]][0], case)

    @each
    def test_metadata_of_a_span_and_of_its_trace_are_told_apart(read: Read, case: Json) -> None:
        check_metadata(*read[case["case"]], case)

    @each
    def test_its_trace_is_read_as_recorded(read: Read, case: Json) -> None:
        check_trace(read[case["case"]][1], case)
