"""What holds for every request, whatever the route."""

import json
import logging
import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request

from collector import logs, metrics
from collector.api.access import Public
from collector.errors import Unavailable
from tests.api.people import Person


async def test_an_unknown_path_is_a_json_404(client: Person) -> None:
    answer = await client.get("/api/public/v9/traces")
    assert answer.status_code == 404
    assert set(answer.json()) == {"message", "error"}


@pytest.mark.parametrize("path", ["/api/public/traces", "/api/public/observations/x"])
async def test_a_method_a_route_does_not_have_is_refused_before_the_key(
    nobody: Person, path: str
) -> None:
    answer = await nobody.asks("PUT", path, json={})
    assert answer.status_code == 405
    assert answer.json() == {"message": "Method not allowed", "error": "MethodNotAllowedError"}


async def test_older_routes_name_no_class_in_a_405(client: Person) -> None:
    assert (await client.asks("DELETE", "/api/public/projects")).json() == {
        "message": "Method not allowed"
    }


async def test_head_is_a_wrong_method_without_a_body(client: Person) -> None:
    answer = await client.asks("HEAD", "/api/public/traces?limit=1")
    assert (answer.status_code, answer.content) == (405, b"")


@pytest.mark.parametrize(
    "path", ["//api/public/traces", "/api/public/traces/", "/api//public/traces"]
)
async def test_odd_slashes_are_routed_without_a_redirect(client: Person, path: str) -> None:
    assert (await client.get("http://testserver" + path)).status_code == 200


async def test_a_preflight_is_answered_without_a_key(nobody: Person) -> None:
    asked = {
        "origin": "http://example.com",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-langfuse-sdk-name",
    }
    answer = await nobody.asks("OPTIONS", "/api/public/ingestion", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "http://example.com"
    assert answer.headers["access-control-allow-methods"] == "GET,HEAD,PUT,PATCH,POST,DELETE"
    assert answer.headers["access-control-allow-headers"] == asked["access-control-request-headers"]
    assert answer.headers["vary"] == "Origin, Access-Control-Request-Headers"


async def test_every_other_answer_echoes_the_origin_errors_included(nobody: Person) -> None:
    answer = await nobody.get("/api/public/traces", headers={"origin": "http://example.com"})
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == "http://example.com"
    assert answer.headers["vary"] == "Origin, Accept-Encoding"
    assert "access-control-allow-credentials" not in answer.headers


async def test_a_request_keeps_its_id_and_learns_our_version(client: Person) -> None:
    answer = await client.get("/api/public/traces", headers={"x-request-id": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    assert re.fullmatch(r"\d+\.\d+\.\d+", answer.headers["x-understudy-version"])


async def test_an_id_that_could_forge_a_log_line_is_replaced(client: Person) -> None:
    answer = await client.get("/healthz", headers={"x-request-id": "a b{}"})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


@pytest.fixture
def log_lines(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """Lines as the service would write them."""
    lines: list[str] = []
    formatter = logs.JsonFormatter()

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(formatter.format(record))

    recorder = Recorder()
    logger = logging.getLogger("understudy.access")
    logger.addHandler(recorder)
    with caplog.at_level(logging.INFO, "understudy.access"):
        yield lines
    logger.removeHandler(recorder)


async def test_a_request_is_one_log_line_without_its_path_or_body(
    client: Person, log_lines: list[str]
) -> None:
    await client.get("/api/public/traces/secret-id?name=secret-name")
    [line] = map(json.loads, log_lines)
    assert (line["route"], line["method"], line["code"]) == (
        "/api/public/traces/{trace_id:id}",
        "GET",
        404,
    )
    assert line["project"] == "project-a"
    assert line["duration_ms"] > 0
    assert "secret" not in log_lines[0]


async def test_durations_are_counted_by_the_template_of_the_route(client: Person) -> None:
    await client.get("/api/public/traces/some-id")
    text = metrics.exposition().decode()
    assert 'route="/api/public/traces/{trace_id:id}"' in text
    assert "some-id" not in text


def add_route(app: FastAPI, error: Exception) -> None:
    """A route of this test that fails."""

    @app.get("/api/public/failing", dependencies=[Public])
    async def failing(request: Request) -> None:
        raise error


async def test_a_fault_of_ours_is_a_json_500_that_tells_nothing(
    app: FastAPI, client: Person, caplog: pytest.LogCaptureFixture
) -> None:
    add_route(app, ZeroDivisionError("inner secret"))
    answer = await client.get("/api/public/failing")
    assert answer.status_code == 500
    assert answer.json()["message"] == "Internal Server Error"
    assert "secret" not in answer.text
    assert "inner secret" in caplog.text


async def test_a_passing_fault_asks_to_come_back(app: FastAPI, client: Person) -> None:
    add_route(app, Unavailable("the disk is full"))
    answer = await client.get("/api/public/failing")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert answer.json() == {"message": "the disk is full", "error": "ServiceUnavailableError"}
