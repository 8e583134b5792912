"""Media leave payloads at every door, and their bytes are there with the reference."""

import json
import os
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import select

from collector import metrics
from collector.registry.schema import media_links
from collector.services import Services
from collector.settings import Settings
from tests.api.events import NOON, generation, score, trace
from tests.api.media import CONTENT, DIGITS, MEDIA_ID, OF_OBJECT, OF_URI, PNG, URI, part
from tests.api.people import Person

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
MESSAGES = [{"role": "user", "content": [{"type": "text", "text": "What is it?"}, part()]}]
CUT = json.loads(json.dumps(MESSAGES).replace(DIGITS, OF_OBJECT))


async def downloads(client: Person, nobody: Person) -> bytes:
    """By the id alone, as an SDK resolves a reference."""
    found = await client.reads(CONTENT)
    answer = await nobody.get(found["url"])
    assert answer.status_code == 200
    return answer.content


async def test_batches(client: Person, nobody: Person) -> None:
    await client.ingests(
        trace("t", input={"image": URI}, output=f"{URI} it is", metadata={"a": {"b": [URI]}}),
        generation("g", "t", input=MESSAGES, metadata={"parts": [part()]}),
    )
    found = await client.reads("/api/public/traces/t")

    assert found["input"] == {"image": OF_URI}
    assert found["output"] == f"{OF_URI} it is"
    assert found["metadata"] == {"a": {"b": [OF_URI]}}
    assert found["observations"][0]["input"] == CUT
    assert found["observations"][0]["metadata"] == {"parts": [part(OF_OBJECT)]}
    assert await downloads(client, nobody) == PNG


@pytest.mark.parametrize(
    ("path", "field"),
    [("traces", "input"), ("spans", "input"), ("generations", "prompt"), ("events", "input")],
)
async def test_single_entities(client: Person, nobody: Person, path: str, field: str) -> None:
    body: dict[str, Any] = {"id": "x", field: MESSAGES}
    if path != "traces":
        body |= {"traceId": "t", "startTime": NOON}
    answer = await client.post(f"/api/public/{path}", json=body)
    kind = "traces" if path == "traces" else "observations"

    assert answer.status_code == 200
    assert (await client.reads(f"/api/public/{kind}/x"))["input"] == CUT
    assert await downloads(client, nobody) == PNG


def exported() -> ExportTraceServiceRequest:
    made = ExportTraceServiceRequest()
    span = made.resource_spans.add().scope_spans.add().spans.add(name="chat")
    span.trace_id, span.span_id = bytes.fromhex(TRACE), bytes.fromhex(SPAN)
    span.start_time_unix_nano = span.end_time_unix_nano = 1_795_000_000 * 10**9
    for name, text in {
        "langfuse.observation.input": json.dumps(MESSAGES),
        "langfuse.observation.output": URI,
        "langfuse.observation.metadata.shown": json.dumps({"at": URI}),
        "langfuse.trace.metadata.whole": URI,
    }.items():
        span.attributes.add(key=name).value.string_value = text
    return made


def otlp_bodies() -> list[tuple[str, bytes]]:
    made = exported()
    as_json = MessageToDict(made)
    span = as_json["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span |= {"traceId": TRACE, "spanId": SPAN}
    return [
        ("application/x-protobuf", made.SerializeToString()),
        ("application/json", json.dumps(as_json).encode()),
    ]


@pytest.mark.parametrize(("content_type", "body"), otlp_bodies())
async def test_exports(client: Person, nobody: Person, content_type: str, body: bytes) -> None:
    answer = await client.post(
        "/api/public/otel/v1/traces", content=body, headers={"content-type": content_type}
    )
    found = await client.reads(f"/api/public/traces/{TRACE}")
    observation = await client.reads(f"/api/public/observations/{SPAN}")

    assert answer.status_code == 200
    assert found["input"] == observation["input"] == CUT
    assert found["output"] == observation["output"] == OF_URI
    assert observation["metadata"]["shown"] == {"at": OF_URI}
    assert found["metadata"]["whole"] == OF_URI
    assert DIGITS not in json.dumps([found, observation])
    assert await downloads(client, nobody) == PNG


async def test_references_are_left_alone(client: Person, services: Services) -> None:
    await client.ingests(trace("t", input=[part(OF_OBJECT), OF_URI], output=OF_URI))
    found = await client.reads("/api/public/traces/t")

    assert (found["input"], found["output"]) == ([part(OF_OBJECT), OF_URI], OF_URI)
    assert services.media.ledger.find("project-a", MEDIA_ID) is None


async def test_scores_are_left_alone(client: Person) -> None:
    await client.ingests(trace("t"), score("s", traceId="t", metadata={"seen": URI}))

    assert (await client.reads("/api/public/v2/scores/s"))["metadata"] == {"seen": URI}


async def test_where_media_are_used_is_told(client: Person, services: Services) -> None:
    await client.ingests(trace("t", input=URI), generation("g", "t", output=URI))
    links = services.media.ledger.unrecorded(10).links or await _recorded(services)

    assert {(link.trace_id, link.observation_id, link.field) for _, link in links} == {
        ("t", "", "input"),
        ("t", "g", "output"),
    }


async def _recorded(services: Services) -> list[Any]:
    rows = await services.registry.run(lambda connection: connection.execute(select(media_links)))
    return [(row.project_id, row) for row in rows]


async def test_no_record_refers_to_bytes_that_could_not_be_kept(
    client: Person, services: Services
) -> None:
    (services.media.folder / "objects").write_text("in the way")
    event = trace("t", input=URI)
    refused = await client.post("/api/public/ingestion", json={"batch": [event]})
    (services.media.folder / "objects").unlink()
    again = await client.post("/api/public/ingestion", json={"batch": [event]})

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert again.status_code == 207
    assert (await client.reads("/api/public/traces/t"))["input"] == OF_URI


def hits(limit: str) -> float:
    return metrics.REGISTRY.get_sample_value("understudy_limit_hits_total", {"limit": limit}) or 0


class TestLimited:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, media_items_max=1, media_bytes_max=200)

    async def test_what_is_past_a_limit_stays_and_is_counted(self, client: Person) -> None:
        large, second = (
            f"data:image/png;base64,{b64encode(os.urandom(size)).decode()}" for size in (201, 99)
        )
        before = [hits("media_items_max"), hits("media_bytes_max")]
        await client.ingests(trace("t", input=[URI, second, large]))
        found = await client.reads("/api/public/traces/t")

        assert found["input"] == [OF_URI, second, large]
        assert [hits("media_items_max"), hits("media_bytes_max")] == [n + 1 for n in before]


class TestSwitchedOff:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return replace(settings, media_extraction=False)

    async def test_payloads_stay_as_they_are(self, client: Person) -> None:
        await client.ingests(trace("t", input=MESSAGES, output=URI))
        found = await client.reads("/api/public/traces/t")

        assert (found["input"], found["output"]) == (MESSAGES, URI)


class TestWithoutItsBucket:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        """Nobody listens there."""
        return replace(
            settings,
            s3_media_bucket="away",
            s3_media_endpoint="http://127.0.0.1:1",
            media_waiting_bytes_max=200,
        )

    async def test_media_are_taken_up_to_a_bound_and_can_be_read(
        self, client: Person, nobody: Person
    ) -> None:
        more = [f"data:image/png;base64,{b64encode(bytes([n]) * 99).decode()}" for n in (1, 2)]
        before = hits("media_waiting_bytes_max")
        await client.ingests(trace("t", input=URI, output=more[0], metadata={"a": more[1]}))
        await client.ingests(trace("later", input=more[0]))

        assert await downloads(client, nobody) == PNG
        assert (await client.reads("/api/public/traces/t"))["input"] == OF_URI
        assert (await client.reads("/api/public/traces/later"))["input"] == more[0]
        assert hits("media_waiting_bytes_max") == before + 1
