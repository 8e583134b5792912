"""Recorded requests, read again: the answer is the recorded one, issue texts included."""

import json
from pathlib import Path
from typing import Any

import pytest

from collector.errors import ValidationFailed
from collector.ingest.batch import InvalidBatch, read_batch
from collector.ingest.jsonbody import parse_json
from collector.ingest.single import read_single_score, read_single_trace

CALLS = Path(__file__).parents[2] / ".." / "shared" / "golden" / "calls"


def recorded(path: str) -> list[Path]:
    """Calls of POST `path` whose answer depends on nothing but their body."""
    found = []
    for file in sorted(CALLS.glob("*.json")):
        call = json.loads(file.read_text())
        request = call["request"]
        readable = request["body"] is not None and call["response"]["status"] not in (401, 403)
        if (request["method"], request["path"]) == ("POST", path) and readable:
            found.append(file)
    return found


def answer(request: dict[str, Any]) -> tuple[int, Any]:
    """What the service says to a recorded batch."""
    level = "scores" if request["headers"]["Authorization"].startswith("Bearer") else "project"
    try:
        return 207, read_batch(_body(request), level).answer()
    except InvalidBatch as refusal:
        return 400, {"message": "Invalid request data", "errors": [refusal.message]}


def _body(request: dict[str, Any]) -> Any:
    return parse_json(json.dumps(request["body"]).encode(), 200)


@pytest.mark.parametrize("file", recorded("/api/public/ingestion"), ids=lambda file: file.stem)
def test_a_recorded_batch_is_answered_as_recorded(file: Path) -> None:
    call = json.loads(file.read_text())

    assert answer(call["request"]) == (call["response"]["status"], call["response"]["body"])


@pytest.mark.parametrize(
    ("file", "read"),
    [
        *((file, read_single_score) for file in recorded("/api/public/scores")),
        *((file, read_single_trace) for file in recorded("/api/public/traces")),
    ],
    ids=lambda value: value.stem if isinstance(value, Path) else "",
)
def test_a_recorded_single_entity_is_accepted_or_refused_as_recorded(file: Path, read: Any) -> None:
    call = json.loads(file.read_text())
    try:
        entity_id, _ = read(_body(call["request"]), 0)
        status, body = 200, {"id": entity_id if "id" in call["request"]["body"] else ""}
    except ValidationFailed as refusal:
        status, body = 400, {"message": refusal.message, "error": refusal.issues}
    expected = call["response"]["body"]
    if status == 200 and "id" not in call["request"]["body"]:
        expected = {"id": ""}

    assert (status, body) == (call["response"]["status"], expected)
