"""Surprises 13 to 24 of the wire, one test each."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

import pytest

from tests.contract.sending import INGESTION, SCORES, TRACES, Sender, event, export, new_ids, span
from tests.servers.service import Service

PROMPTS = "/api/public/v2/prompts"
MEDIA = "/api/public/media"
DATASETS = "/api/public/v2/datasets"
DATASET_ITEMS = "/api/public/dataset-items"
# What generated clients try again, whatever the method: none of it may answer a lasting fault.
RETRIED = {408, 409, 429}


@pytest.fixture
def client(running_service: Service) -> Sender:
    return Sender(running_service)


@pytest.mark.parametrize("marker", [{"langfuse.internal.as_root": True}, {}])
def test_surprise_13_a_parent_that_never_arrives(client: Sender, marker: Any) -> None:
    trace_id, span_id = new_ids()
    _, parent_id = new_ids()
    said = {"langfuse.observation.input": "question", **marker}

    client.export(span(trace_id, span_id, said, name="turn", parentSpanId=parent_id))

    trace = client.trace(trace_id)
    assert [row["id"] for row in trace["observations"]] == [span_id]
    assert client.observation(span_id)["parentObservationId"] == parent_id
    assert (trace["name"], trace["input"]) == (("turn", "question") if marker else ("", None))


def test_surprise_14_every_error_is_json(client: Sender, running_service: Service) -> None:
    stranger = Sender(running_service, {"authorization": "Basic bm9ib2R5Om5vdGhpbmc="})
    json_form, protobuf = "application/json", "application/x-protobuf"
    errors = [
        (404, client.send("GET", "/api/public/no-such-thing")),
        (405, client.send("GET", INGESTION)),
        (400, client.send("POST", INGESTION, b"{", content_type=json_form)),
        (400, client.send("POST", INGESTION, {"no": "batch"})),
        (413, client.send("POST", INGESTION, {"batch": [], "x": "y" * 5_000_000})),
        (400, client.send("POST", TRACES, b"{}", content_type="text/plain")),
        (400, client.send("POST", TRACES, b"\xff", content_type=protobuf)),
        (400, client.send("POST", TRACES, b"x", content_type=protobuf, content_encoding="gzip")),
        (404, client.send("GET", "/api/public/traces/none")),
        (400, client.send("GET", "/api/public/traces?limit=none")),
        (401, stranger.send("POST", INGESTION, {"batch": []})),
        (401, stranger.send("POST", TRACES, export())),
        (401, stranger.send("GET", "/api/public/projects")),
    ]

    for status, answer in errors:
        assert answer.status == status, answer.body[:300]
        assert answer.json


def test_surprise_15_media_are_named_before_anything_refers_to_them(client: Sender) -> None:
    trace_id, span_id = new_ids()
    media_id = "A" * 22  # base64url of a SHA-256, cut
    reference = f"@@@langfuseMedia:type=image/png|id={media_id}|source=bytes@@@"
    about = {
        "traceId": trace_id,
        "observationId": span_id,
        "contentType": "image/png",
        "contentLength": 3,
        "sha256Hash": "A" * 43 + "=",
        "field": "input",
    }

    early = client.send("POST", MEDIA, about)
    sent = client.export(span(trace_id, span_id, {"langfuse.observation.input": reference}))

    assert early.status < 500, early.body
    assert early.json
    assert sent.status == 200
    assert client.observation(span_id)["input"] == reference


def test_surprise_15_ids_of_media_are_told_by_their_bytes(client: Sender) -> None:
    trace_id, span_id = new_ids()
    content = b"\x89PNG\r\n\x1a\n" + trace_id.encode()
    media_id = urlsafe_b64encode(hashlib.sha256(content).digest())[:22].decode()
    uri = f"data:image/png;base64,{b64encode(content).decode()}"

    client.export(span(trace_id, span_id, {"langfuse.observation.input": uri}))

    reference = f"@@@langfuseMedia:type=image/png|id={media_id}|source=base64_data_uri@@@"
    assert client.observation(span_id)["input"] == reference
    assert client.get(f"{MEDIA}/{media_id}")["contentLength"] == len(content)


def test_surprise_16_answers_are_validated_strictly(client: Sender) -> None:
    dataset = client.send("POST", DATASETS, {"name": "strict"})
    item = client.send("POST", DATASET_ITEMS, {"datasetName": "strict", "input": {"q": 1}})
    read = client.get(f"{DATASET_ITEMS}/{item.json['id']}")

    assert (dataset.status, item.status) == (200, 200)
    for answer in (item.json, read):
        assert answer.keys() >= {"mediaReferences", "metadata", "input", "expectedOutput"}
        assert (answer["mediaReferences"], answer["expectedOutput"]) == ([], None)
    [project] = client.get("/api/public/projects")["data"]

    assert project.keys() >= {"id", "name", "organization", "metadata"}
    assert project["organization"].keys() >= {"id", "name"}
    assert isinstance(project["metadata"], dict)


def test_surprise_17_text_prompts_without_a_type(client: Sender) -> None:
    prompt = {"name": "greeting", "prompt": "hi {{name}}", "labels": ["production"], "tags": None}

    untyped = client.send("POST", PROMPTS, prompt)
    typed = client.send("POST", PROMPTS, {**prompt, "type": "text", "odd": 1})
    moved = client.send("PATCH", f"{PROMPTS}/greeting/versions/1", {"newLabels": ["x"], "odd": 1})

    assert (untyped.status, typed.status, moved.status) == (201, 201, 200)
    assert (untyped.json["type"], untyped.json["version"]) == ("text", 1)
    assert typed.json["version"] == 2
    assert client.get(f"{PROMPTS}/greeting")["version"] == 2
    assert client.get(f"{PROMPTS}/greeting?label=x")["version"] == 1


def test_surprise_18_clients_repeat_every_method(client: Sender) -> None:
    trace_id, span_id = new_ids()
    lasting = [
        client.send("POST", TRACES, export({"traceId": trace_id})),
        client.send("POST", INGESTION, {"batch": [{"type": "no-such-type"}]}),
        client.send("POST", SCORES, {"id": "x"}),
        client.send("POST", SCORES, [{"id": "x"}]),
        client.send("PATCH", "/api/public/spans", {"endTime": "soon"}),
        client.send("POST", PROMPTS, {"name": 5}),
        client.send("DELETE", "/api/public/traces/none"),
    ]
    repeated = [client.export(span(trace_id, span_id)) for _ in range(3)]

    assert [answer for answer in lasting if answer.status in RETRIED or answer.status >= 500] == []
    assert [answer.status for answer in repeated] == [200, 200, 200]
    assert len(client.trace(trace_id)["observations"]) == 1


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        (f"{PROMPTS}/a/b%20c", f"{PROMPTS}/a%2Fb%20c"),
        ("/api/public/v2/datasets/qa%20set/1", "/api/public/v2/datasets/qa%20set%2F1"),
        (
            "/api/public/dataset-items?datasetName=qa%2520set%2F1",
            "/api/public/dataset-items?datasetName=qa%20set%2F1",
        ),
    ],
)
def test_surprise_19_slashes_in_names(client: Sender, plain: str, escaped: str) -> None:
    client.send("POST", PROMPTS, {"name": "a/b c", "prompt": "hi", "labels": ["production"]})
    client.send("POST", DATASETS, {"name": "qa set/1"})
    item = {"id": "slashed-item", "datasetName": "qa set/1", "input": 1}
    client.send("POST", DATASET_ITEMS, item)

    spoken, spelled = client.send("GET", plain), client.send("GET", escaped)

    assert (spoken.status, spelled.status) == (200, 200)
    assert spoken.json == spelled.json
    assert "a/b c" in str(spoken.json) or "qa set/1" in str(spoken.json)


def test_surprise_19_slashes_in_ids(client: Sender) -> None:
    trace_id = f"{new_ids()[0]}/a b"
    client.ingest(event("trace-create", "00:00", id=trace_id, name="slashed"))

    assert client.trace(quote(trace_id, safe=""))["id"] == trace_id


@pytest.mark.parametrize("signal", ["metrics", "logs"])
def test_surprise_20_plain_opentelemetry_sends_metrics_too(client: Sender, signal: str) -> None:
    path = f"/api/public/otel/v1/{signal}"

    protobuf = client.send("POST", path, b"\x0a\x00", content_type="application/x-protobuf")
    written = client.send("POST", path, {"resourceMetrics": []})

    assert (protobuf.status, written.status) == (200, 200)


@pytest.mark.parametrize(
    "spelling", ["x_langfuse_sdk_{}", "x-langfuse-sdk-{}", "X-Langfuse-Sdk-{}"]
)
def test_surprise_21_header_names_are_spelled_in_three_ways(
    running_service: Service, spelling: str
) -> None:
    told = {spelling.format("name"): "python", spelling.format("version"): "5.0.4"}
    quoted = {"langfuse.trace.metadata.langfuse_session_id": '"sess"'}
    trace_id, span_id = new_ids()
    Sender(running_service, told).export(span(trace_id, span_id, quoted))
    silent_id, other_id = new_ids()
    silent = Sender(running_service).export(span(silent_id, other_id, quoted))

    assert Sender(running_service).trace(trace_id)["sessionId"] == "sess"
    assert silent.status == 200
    assert Sender(running_service).trace(silent_id)["sessionId"] == '"sess"'


def test_surprise_22_browsers_send_the_public_key_alone(
    client: Sender, running_service: Service
) -> None:
    origin = {"origin": "https://shop.example"}
    browser = Sender(
        running_service, {**origin, "authorization": f"Bearer {running_service.public_key}"}
    )
    trace_id, span_id = new_ids()
    score = {"id": f"b-{trace_id}", "traceId": trace_id, "name": "liked", "value": 1}
    refused = event("trace-create", "00:00", id=trace_id)

    preflight = browser.send(
        "OPTIONS", INGESTION, access_control_request_headers="authorization,content-type"
    )
    batch = browser.ingest(event("score-create", "00:01", **score), refused)
    alone = browser.send("POST", SCORES, score)

    assert preflight.status == 204
    assert preflight.headers["access-control-allow-origin"] == origin["origin"]
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    assert (batch.status, len(batch.json["successes"])) == (207, 1)
    assert [error["id"] for error in batch.json["errors"]] == [refused["id"]]
    assert batch.headers["access-control-allow-origin"] == origin["origin"]
    assert alone.status == 200
    assert browser.export(span(trace_id, span_id)).status in {401, 403}
    assert browser.send("GET", "/api/public/traces").status in {401, 403}
    assert client.get(f"/api/public/v2/scores/{score['id']}")["value"] == 1


def test_surprise_23_bodies_where_none_belong(client: Sender) -> None:
    trace_id, span_id = new_ids()
    client.export(span(trace_id, span_id))
    for path in ("/api/public/projects", f"/api/public/traces/{trace_id}", "/api/public/scores"):
        assert client.send("GET", path, {}).status == 200

    deletion = client.send("DELETE", "/api/public/traces", {"traceIds": ["none-of-these"]})
    assert deletion.status < 500, deletion.body
    assert deletion.json


def test_surprise_24_the_newest_javascript_is_like_an_older_python(
    running_service: Service,
) -> None:
    told = {"x-langfuse-sdk-name": "javascript", "x-langfuse-sdk-version": "5.11.1"}
    client = Sender(running_service, told)
    trace_id, span_id = new_ids()
    said = {
        "user.id": '"quoted"',
        "langfuse.trace.input": "asked",
        "langfuse.observation.metadata.langfuse_session_id": '"sess"',
        "langfuse.observation.metadata.raw": "PromptInjection",
        "langfuse.observation.metadata.nested": json.dumps({"a": 1}),
    }
    scope = {"name": "langfuse-sdk", "version": "5.11.1"}

    client.export(span(trace_id, span_id, said), scope=scope)
    score = {"id": f"j-{trace_id}", "traceId": trace_id, "name": "quality", "value": 1}
    answer = client.ingest(event("score-create", "00:01", **score))

    assert (answer.status, answer.json["errors"]) == (207, [])
    trace = client.trace(trace_id)
    assert (trace["userId"], trace["sessionId"]) == ('"quoted"', '"sess"')
    assert trace["input"] == "asked"
    metadata = client.observation(span_id)["metadata"]
    assert (metadata["raw"], metadata["nested"]) == ("PromptInjection", {"a": 1})
    assert [row["id"] for row in trace["scores"]] == [score["id"]]
