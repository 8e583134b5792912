"""What SDKs do that a server would not expect: surprises 1 to 12 of the wire, one test each."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.sending import (
    INGESTION,
    SCORES,
    SDK_SCOPE,
    START_NS,
    TRACES,
    Json,
    Sender,
    as_protobuf,
    event,
    export,
    new_ids,
    span,
)
from tests.servers.fixtures import StartService
from tests.servers.service import Service

PYTHON_5 = {"x-langfuse-sdk-name": "python", "x-langfuse-sdk-version": "5.0.4"}
JAVASCRIPT_5 = {"x-langfuse-sdk-name": "javascript", "x-langfuse-sdk-version": "5.11.1"}


@pytest.fixture
def client(running_service: Service) -> Sender:
    return Sender(running_service)


def test_surprise_01_trailing_slash_base_url(client: Sender) -> None:
    trace_id, span_id = new_ids()

    answer = client.send("POST", "/" + TRACES, export(span(trace_id, span_id)))

    assert answer.status == 200, answer.body
    assert client.observation(span_id)["traceId"] == trace_id
    assert client.get("//api/public/projects")["data"]


def test_surprise_02_exporters_give_up_within_five_seconds(start_service: StartService) -> None:
    full = Sender(start_service(UNDERSTUDY_DISK_FREE_BYTES_MIN="1000000GiB"))
    trace_id, span_id = new_ids()
    score = {"id": "s", "traceId": trace_id, "name": "n", "value": 1}

    refused = [
        full.export(span(trace_id, span_id)),
        full.send("POST", TRACES, b"", content_type="application/x-protobuf"),
        full.ingest(event("trace-create", "00:00", id=trace_id)),
        full.send("POST", SCORES, score),
        full.send("POST", SCORES, [score]),
    ]

    empty = refused.pop(1)  # nothing to store, nothing to refuse
    assert empty.status == 200
    for answer in refused:
        assert answer.status == 503, answer.body
        assert 1 <= int(answer.headers["retry-after"]) <= 5
        assert answer.json["message"]


def test_surprise_03_scores_as_a_bare_array(client: Sender) -> None:
    trace_id, _ = new_ids()
    good = {"id": f"a-{trace_id}", "traceId": trace_id, "name": "quality", "value": 0.5}
    bad = {"id": f"b-{trace_id}", "traceId": trace_id, "name": None, "value": 1}

    client.ingest(event("trace-create", "00:00", id=trace_id))
    every = client.send("POST", SCORES, [good])
    some = client.send("POST", SCORES, [good, bad])
    one = client.send("POST", SCORES, {**good, "id": f"c-{trace_id}"})

    assert (every.status, every.json) == (202, {"message": "Accepted"})
    assert (some.status, some.json["accepted"], some.json["rejected"]) == (207, 1, 1)
    assert all(isinstance(error["message"], str) for error in some.json["errors"])
    assert (one.status, one.json) == (200, {"id": f"c-{trace_id}"})
    scores = client.get(f"/api/public/v2/scores?traceId={trace_id}")["data"]
    assert {row["id"] for row in scores} == {good["id"], f"c-{trace_id}"}


_QUOTED = {
    "langfuse.observation.metadata.scanner": '"PromptInjection"',
    "langfuse.observation.metadata.flag": "true",
    "langfuse.observation.metadata.nested": '{"a":[1]}',
    "langfuse.observation.metadata.langfuse_session_id": '"sess"',
    "langfuse.observation.metadata.langfuse_user_id": '"alice"',
}


@pytest.mark.parametrize(
    ("headers", "about", "session"),
    [
        (PYTHON_5, {"scope": SDK_SCOPE}, "sess"),
        (PYTHON_5, {"scope": {"name": "somebody.else"}}, "sess"),
        ({}, {"scope": SDK_SCOPE, "resource": {"telemetry.sdk.language": "python"}}, "sess"),
        (JAVASCRIPT_5, {"scope": {"name": "langfuse-sdk", "version": "5.11.1"}}, '"sess"'),
        (PYTHON_5 | {"x-langfuse-sdk-version": "4.18.0"}, {}, '"sess"'),
        ({"x-langfuse-ingestion-version": "4"}, {}, '"sess"'),
    ],
)
def test_surprise_04_metadata_values_are_json(
    running_service: Service, headers: dict[str, str], about: Any, session: str
) -> None:
    client = Sender(running_service, headers)
    trace_id, span_id = new_ids()

    assert client.export(span(trace_id, span_id, _QUOTED), **about).status == 200

    trace, row = client.trace(trace_id), client.observation(span_id)
    assert trace["sessionId"] == session
    assert trace["userId"] == session.replace("sess", "alice")
    assert row["metadata"]["scanner"] == "PromptInjection"
    assert (row["metadata"]["flag"], row["metadata"]["nested"]) == (True, {"a": [1]})


def test_surprise_05_trace_payloads_come_from_the_app_root(client: Sender) -> None:
    trace_id, http_id = new_ids()
    _, app_id = new_ids()
    inner_start = {"startTimeUnixNano": str(START_NS + 1_000_000), "parentSpanId": http_id}
    app = {
        "langfuse.internal.is_app_root": True,
        "langfuse.observation.input": "question",
        "langfuse.observation.output": "answer",
    }

    client.export(span(trace_id, http_id, name="POST /chat"))
    client.export(span(trace_id, app_id, app, name="chat", **inner_start), scope=SDK_SCOPE)
    trace = client.trace(trace_id)
    assert (trace["name"], trace["input"], trace["output"]) == ("chat", "question", "answer")

    said = {"langfuse.trace.input": "said", "langfuse.trace.output": "so"}
    _, late_id = new_ids()
    client.export(span(trace_id, late_id, said, **inner_start))
    trace = client.trace(trace_id)
    assert (trace["input"], trace["output"]) == ("said", "so")


def test_surprise_06_experiments_without_api_calls(client: Sender) -> None:
    trace_id, span_id = new_ids()
    dataset = client.send("POST", "/api/public/v2/datasets", {"name": "experiments"}).json
    item = {"datasetName": "experiments", "id": "item-1", "input": 1}
    client.send("POST", "/api/public/dataset-items", item)
    [project] = client.get("/api/public/projects")["data"]
    names = ["langfuse-experiment-v1", project["id"], dataset["id"], "run 1"]
    text = json.dumps(names, separators=(",", ":"))
    experiment_id = hashlib.sha256(text.encode()).hexdigest()[:16]  # as the SDK computes it
    said = {
        "langfuse.experiment.id": experiment_id,
        "langfuse.experiment.name": "run 1",
        "langfuse.experiment.dataset.id": dataset["id"],
        "langfuse.experiment.item.id": "item-1",
        "langfuse.experiment.item.root_observation_id": span_id,
        "langfuse.experiment.metadata": '{"model":"m"}',
        "langfuse.environment": "sdk-experiment",
    }
    score = {"id": f"run-{trace_id}", "datasetRunId": experiment_id, "name": "mean", "value": 0.5}

    assert client.export(span(trace_id, span_id, said), scope=SDK_SCOPE).status == 200
    assert client.send("POST", SCORES, [score]).status == 202

    assert client.observation(span_id)["environment"] == "sdk-experiment"
    found = client.get(f"/api/public/v2/scores/{score['id']}")
    assert found["datasetRunId"] == experiment_id
    run_item = {"runName": "run 1", "datasetItemId": "item-1", "traceId": trace_id}
    older = client.send("POST", "/api/public/dataset-run-items", run_item)  # older generations
    assert older.json["datasetRunId"] == experiment_id
    run = client.get("/api/public/datasets/experiments/runs/run%201")
    assert (run["id"], len(run["datasetRunItems"])) == (experiment_id, 1)


def in_chunks(body: bytes) -> Iterator[bytes]:
    for start in range(0, len(body), 100):
        yield body[start : start + 100]


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("encoding", ["identity", "gzip", "deflate"])
@pytest.mark.parametrize("form", ["application/json", "application/x-protobuf"])
def test_surprise_07_bodies_compressed_and_in_chunks(
    client: Sender, form: str, encoding: str, chunked: bool
) -> None:
    trace_id, span_id = new_ids()
    document = export(span(trace_id, span_id, {"input": "x" * 2_000}))
    body = json.dumps(document).encode() if "json" in form else as_protobuf(document)
    sent = {"identity": body, "gzip": gzip.compress(body), "deflate": zlib.compress(body)}[encoding]

    answer = client.send(
        "POST",
        TRACES,
        in_chunks(sent) if chunked else sent,
        content_type=form,
        content_encoding=encoding,
    )

    assert answer.status == 200, answer.body
    assert client.observation(span_id)["input"] == "x" * 2_000


def test_surprise_08_errors_of_a_batch_are_sent_again_whole(client: Sender) -> None:
    trace_id, observation_id = new_ids()
    good = event("trace-create", "00:00", id=trace_id, name="chat", tags=["a"])
    child = event("span-create", "00:01", id=observation_id, traceId=trace_id)
    bad = event("span-create", "00:02", id=observation_id, traceId=trace_id, startTime="soon")

    answers = [client.ingest(good, child, bad) for _ in range(4)]

    for answer in answers:
        assert answer.status == 207
        assert {row["id"] for row in answer.json["successes"]} == {good["id"], child["id"]}
        assert {row["status"] for row in answer.json["successes"]} == {201}
        assert [error["id"] for error in answer.json["errors"]] == [bad["id"]]
        assert answer.json["errors"][0]["status"] == 400
    empty = client.send("POST", INGESTION, {"batch": []})
    assert (empty.status, empty.json) == (207, {"successes": [], "errors": []})
    trace = client.trace(trace_id)
    assert (trace["tags"], len(trace["observations"])) == (["a"], 1)


def test_surprise_09_batches_out_of_order(client: Sender) -> None:
    trace_id, observation_id = new_ids()
    known = {"id": observation_id, "traceId": trace_id}
    began = "2026-11-20T22:00:05.000Z"

    for later_first in (
        event("generation-update", "00:09", **known, endTime="2026-11-20T22:00:09.000Z"),
        event("generation-create", "00:05", **known, name="llm", startTime=began, model="m"),
        event("trace-create", "00:08", id=trace_id, timestamp="2026-11-20T22:00:08.000Z", output=1),
        event("trace-create", "00:04", id=trace_id, timestamp="2026-11-20T22:00:04.000Z", name="t"),
        event("generation-update", "00:07", **known, parentObservationId=None, output="done"),
    ):
        assert client.ingest(later_first).json["errors"] == []

    trace, row = client.trace(trace_id), client.observation(observation_id)
    assert (trace["name"], trace["output"]) == ("t", 1)
    assert trace["timestamp"] == "2026-11-20T22:00:04.000Z"
    assert (row["type"], row["name"], row["model"]) == ("GENERATION", "llm", "m")
    assert (row["startTime"], row["endTime"]) == (began, "2026-11-20T22:00:09.000Z")
    assert (row["parentObservationId"], row["output"]) == (None, "done")


def test_surprise_10_open_webui_whose_root_never_arrives(client: Sender) -> None:
    trace_id, span_id = new_ids()
    said = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.metadata.interface": "open-webui",
        "langfuse.observation.metadata.user_id": "alice@example.org",
        "langfuse.observation.metadata.session_id": f"chat-{trace_id}",
        "langfuse.observation.metadata.chat_id": f"chat-{trace_id}",
    }

    client.export(span(trace_id, span_id, said, parentSpanId="9aadf46012b2666e"), scope=SDK_SCOPE)

    trace = client.trace(trace_id)
    assert (trace["userId"], trace["sessionId"]) == ("alice@example.org", f"chat-{trace_id}")
    assert [row["id"] for row in trace["observations"]] == [span_id]
    listed = client.get(f"/api/public/traces?sessionId=chat-{trace_id}")["data"]
    assert [row["id"] for row in listed] == [trace_id]


def test_surprise_11_open_webui_tells_everything_in_updates(client: Sender) -> None:
    trace_id, observation_id = new_ids()
    known = {"id": observation_id, "traceId": trace_id, "tags": ["unknown here"]}
    usage = {"input": 57, "output": 128, "unit": "TOKENS"}

    answers = [
        client.ingest(
            event("trace-create", f"0{turn}:00", id=trace_id, name=f"chat:{trace_id}"),
            event("generation-create", f"0{turn}:01", **known),
            event(
                "generation-update",
                f"0{turn}:02",
                **known,
                name=f"llm_response:{observation_id}",
                usage=usage,
                output="Etwa 0,25 €/kWh.",
            ),
            event("event-create", f"0{turn}:03", id=f"e{turn}-{trace_id}", traceId=trace_id, odd=1),
        )
        for turn in range(3)
    ]

    assert [answer.json["errors"] for answer in answers] == [[], [], []]
    row = client.observation(observation_id)
    assert row["usageDetails"] == {"input": 57, "output": 128, "total": 185}
    assert (row["name"], row["output"]) == (f"llm_response:{observation_id}", "Etwa 0,25 €/kWh.")
    assert len(client.trace(trace_id)["observations"]) == 4


def test_surprise_12_errors_come_as_status_only(client: Sender) -> None:
    trace_id, failed_id = new_ids()
    _, warned_id = new_ids()
    failure: Json = {
        "status": {"code": 2, "message": "ValueError: no"},
        "events": [{"name": "exception", "attributes": []}],
    }

    client.export(
        span(trace_id, failed_id, **failure),
        span(trace_id, warned_id, {"langfuse.observation.level": "WARNING"}, **failure),
        scope=SDK_SCOPE,
    )

    failed, warned = client.observation(failed_id), client.observation(warned_id)
    assert (failed["level"], failed["statusMessage"]) == ("ERROR", "ValueError: no")
    assert (warned["level"], warned["statusMessage"]) == ("WARNING", "ValueError: no")
