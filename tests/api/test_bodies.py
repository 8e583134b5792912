"""Bodies within their limits."""

import dataclasses
from collections.abc import AsyncIterator

from collector import metrics
from collector.services import Services
from tests.api.people import Person

JSON = {"content-type": "application/json"}


async def test_what_is_no_json_is_told_as_a_json_string(client: Person) -> None:
    answer = await client.post("/api/public/scores", content=b'{"a":', headers=JSON)
    assert (answer.status_code, answer.json()) == (400, "Invalid JSON")


async def test_json_nested_too_deep_is_no_json(client: Person) -> None:
    deep = b"[" * 10_000 + b"]" * 10_000
    answer = await client.post("/api/public/scores", content=deep, headers=JSON)
    assert (answer.status_code, answer.json()) == (400, "Invalid JSON")


async def test_a_body_past_the_limit_is_refused_with_the_limit(client: Person) -> None:
    body = b'"' + b"x" * 1024**2 + b'"'
    answer = await client.post("/api/public/traces", content=body, headers=JSON)
    assert (answer.status_code, answer.json()) == (413, "Body exceeded 1mb limit")


async def test_the_ingestion_limit_is_its_own(client: Person) -> None:
    body = b" " * (4_718_592 + 1)
    answer = await client.post("/api/public/ingestion", content=body, headers=JSON)
    assert (answer.status_code, answer.json()) == (413, "Body exceeded 4.5mb limit")


async def test_a_chunked_body_is_stopped_at_the_limit(client: Person, services: Services) -> None:
    services.settings = dataclasses.replace(services.settings, json_body_bytes_max=100)
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 60

    answer = await client.post("/api/public/traces", content=chunks(), headers=JSON)
    assert answer.status_code == 413, answer.text
    assert sent < 10


async def test_nothing_is_held_once_the_request_is_answered(client: Person) -> None:
    await client.post("/api/public/scores", content=b" " * 1000, headers=JSON)
    assert metrics.HTTP_IN_FLIGHT._value.get() == 0
