"""The OTLP doors, asked over HTTP."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from collector.services import Services
from tests.api.people import Person
from tests.ingest.exports import TRACE_ID, json_export, json_span, protobuf_export

TRACES = "/api/public/otel/v1/traces"
JSON = {"content-type": "application/json"}
PROTOBUF = {"content-type": "application/x-protobuf"}


async def sends(person: Person, body: Any, **headers: str) -> Any:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await person.post(TRACES, content=body, headers=PROTOBUF | sent)


async def chunked(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def test_a_json_export_is_readable_as_soon_as_it_is_acknowledged(client: Person) -> None:
    answer = await client.post(TRACES, content=json_export(json_span(name="chat")), headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {})
    trace = await client.reads(f"/api/public/traces/{TRACE_ID}")
    assert trace["name"] == "chat"
    assert [found["name"] for found in trace["observations"]] == ["chat"]


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "bare deflate", "gzip in members", ""])
async def test_every_encoding_of_a_protobuf_export_is_read(client: Person, encoding: str) -> None:
    plain = protobuf_export("first", "second").SerializeToString()
    bare = zlib.compressobj(wbits=-15)
    bodies = {
        "": plain,
        "gzip": gzip.compress(plain, mtime=0),
        "gzip in members": gzip.compress(plain[:40], mtime=0) + gzip.compress(plain[40:], mtime=0),
        "deflate": zlib.compress(plain),
        "bare deflate": bare.compress(plain) + bare.flush(),
    }
    header = encoding.replace("bare ", "").replace(" in members", "") or "identity"
    answer = await sends(client, bodies[encoding], content_encoding=header)
    assert answer.status_code == 200, answer.text
    traces = await client.reads("/api/public/traces")
    assert sorted(trace["name"] for trace in traces["data"]) == ["first", "second"]


async def test_a_chunked_export_without_a_length_is_read(client: Person) -> None:
    body = json_export(json_span(name="chunked"))
    answer = await client.post(TRACES, content=chunked(body, 7), headers=JSON)
    assert answer.status_code == 200
    assert (await client.reads(f"/api/public/traces/{TRACE_ID}"))["name"] == "chunked"


@pytest.mark.parametrize(
    ("body", "headers", "error"),
    [
        (b"hello", {"content-type": "text/plain"}, "Invalid content type"),
        (b"\xff\xfe\xfd garbage", PROTOBUF, "Failed to parse OTel Protobuf Trace"),
        (b'{"resourceSpans": [', JSON, "Failed to parse OTel JSON Trace"),
        (b"[" * 10_000, JSON, "Failed to parse OTel JSON Trace"),
        (b"no gzip", PROTOBUF | {"content-encoding": "gzip"}, "Failed to decompress request body"),
        (b"x", PROTOBUF | {"content-encoding": "gzip"}, "Failed to decompress request body"),
        (
            gzip.compress(b"cut off", mtime=0)[:6],
            JSON | {"content-encoding": "gzip"},
            "Failed to decompress request body",
        ),
        (
            gzip.compress(b"cut off", mtime=0)[:-4],
            PROTOBUF | {"content-encoding": "gzip"},
            "Failed to decompress request body",
        ),
        (
            b"{}",
            JSON | {"x-langfuse-ingestion-version": "5"},
            'Unsupported x-langfuse-ingestion-version: "5". Maximum supported: "4".',
        ),
        (
            b"{}",
            JSON | {"x_langfuse_ingestion_version": "new"},
            'Unsupported x-langfuse-ingestion-version: "new". Maximum supported: "4".',
        ),
    ],
)
async def test_a_refused_export_is_told_why(
    client: Person, body: bytes, headers: dict[str, str], error: str
) -> None:
    answer = await client.post(TRACES, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", PROTOBUF),
        (b"", PROTOBUF | {"content-encoding": "gzip"}),
        (b"{}", JSON),
        (b'{"resourceSpans":"x"}', JSON | {"x-langfuse-ingestion-version": "4"}),
        (b'{"resourceSpans":[]}', {"content-type": "Application/JSON; charset=utf-8"}),
    ],
)
async def test_an_export_of_nothing_is_welcome(
    client: Person, body: bytes, headers: dict[str, str]
) -> None:
    answer = await client.post(TRACES, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (200, {})


async def test_a_broken_span_refuses_the_whole_export(client: Person) -> None:
    body = json_export(json_span(), {"traceId": TRACE_ID, "name": "without id"})
    answer = await client.post(TRACES, content=body, headers=JSON)
    assert answer.status_code == 400
    assert "1 of 2 span(s) cannot be processed (spanId:absent)" in answer.json()["error"]
    assert (await client.get(f"/api/public/traces/{TRACE_ID}")).status_code == 404


async def test_a_gzip_bomb_is_refused_while_it_is_inflated(
    client: Person, services: Services
) -> None:
    bomb = gzip.compress(b"\0" * (services.settings.otlp_protobuf_bytes_max + 1))
    answer = await sends(client, chunked(bomb, 16_384), content_encoding="gzip")
    assert answer.status_code == 413
    assert answer.json()["error"] == "PayloadTooLargeError"
    assert list((services.settings.data_dir / "tmp").glob("tmp*")) == []


async def test_json_has_a_lower_limit_than_protobuf(client: Person, services: Services) -> None:
    body = b" " * services.settings.otlp_json_bytes_max + b"{}"
    answer = await client.post(TRACES, content=body, headers=JSON)
    assert answer.status_code == 413


async def test_an_export_over_the_memory_limit_passes_through_the_disk(
    client: Person, services: Services
) -> None:
    text = "x" * (services.settings.otlp_spool_bytes // 3)
    body = protobuf_export("a", "b", "c", "d", **{"langfuse.observation.input": text})
    answer = await sends(client, body.SerializeToString())
    assert answer.status_code == 200, answer.text
    traces = (await client.reads("/api/public/traces"))["data"]
    assert {len(trace["input"]) for trace in traces} == {len(text)}
    assert len(traces) == 4


@pytest.mark.parametrize(("who", "status"), [("nobody", 401), ("olivia", 403)])
async def test_only_a_project_may_export(
    everybody: dict[str, Person], who: str, status: int
) -> None:
    answer = await everybody[who].post(TRACES, content=b"{}", headers=JSON)
    assert answer.status_code == status


async def test_a_public_key_alone_may_not_export(nobody: Person) -> None:
    bearer = JSON | {"authorization": "Bearer pk-lf-alice"}
    answer = await nobody.post(TRACES, content=b"{}", headers=bearer)
    assert answer.status_code == 403
    message = "Access denied - insufficient permissions for this endpoint"
    assert answer.json() == {"message": message}


async def test_traces_are_not_read_here(client: Person) -> None:
    answer = await client.get(TRACES)
    assert answer.status_code == 405
    assert answer.json() == {"message": "Method not allowed", "error": "MethodNotAllowedError"}


@pytest.mark.parametrize("signal", ["metrics", "logs"])
async def test_metrics_and_logs_are_taken_and_forgotten(client: Person, signal: str) -> None:
    answer = await client.post(f"/api/public/otel/v1/{signal}", content=b"\xff", headers=PROTOBUF)
    assert (answer.status_code, answer.json()) == (200, {"message": "OK"})


async def test_an_export_of_another_project_is_not_seen(client: Person, charlie: Person) -> None:
    await client.post(TRACES, content=json_export(json_span()), headers=JSON)
    assert (await charlie.get(f"/api/public/traces/{TRACE_ID}")).status_code == 404


async def test_many_exports_at_once_are_all_kept(client: Person) -> None:
    bodies = [
        json_export(json_span(traceId=f"{number:032x}", spanId=f"{number:016x}"))
        for number in range(40)
    ]
    answers = await asyncio.gather(
        *(client.post(TRACES, content=body, headers=JSON) for body in bodies)
    )
    assert {answer.status_code for answer in answers} == {200}
    page = await client.reads("/api/public/traces?limit=100")
    assert page["meta"]["totalItems"] == 40
