"""The measurements, each on the running service it is given."""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from bench.connection import Address, Connection
from bench.process import Process
from bench.workload import OBSERVATIONS_PER_TRACE, Trace, ingestion_body, otlp_body, traces

OTLP = ("/api/public/otel/v1/traces", "application/x-protobuf")
INGESTION = ("/api/public/ingestion", "application/json")
Encode = Callable[[list[Trace]], bytes]
DOORS: dict[str, tuple[tuple[str, str], Encode]] = {
    "otlp": (OTLP, otlp_body),
    "ingestion": (INGESTION, ingestion_body),
}
_CONNECTIONS = 4
_TRACES_PER_REQUEST = 10
_TRACES_PER_TIMED_REQUEST = 2
_PATIENCE_SECONDS = 60
_POLL_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process."""

    accepted: float
    ready: float
    readable: float


async def measure_start(process: Process, began: float) -> Start:
    """A client that tries from the first moment on."""
    body = otlp_body(traces(0, 1))
    connection = Connection(process.address)
    accepted = await _until(process, began, lambda: connection.post(OTLP[0], body, OTLP[1]))
    ready = await _until(process, began, lambda: connection.get("/api/public/ready"))
    readable = await _until(process, began, lambda: connection.get("/api/public/traces?limit=1"))
    connection.close()
    return Start(accepted, ready, readable)


async def _until(process: Process, began: float, ask: Callable[[], object]) -> float:
    while time.monotonic() - began < _PATIENCE_SECONDS:
        process.check()
        try:
            answer = await ask()  # type: ignore[misc]
        except (OSError, asyncio.IncompleteReadError):
            answer = None
        if getattr(answer, "status", 0) == 200:
            return time.monotonic() - began
        await asyncio.sleep(_POLL_SECONDS)
    raise RuntimeError("the service does not answer")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a load sent as fast as it is taken costs the service."""

    cpu_seconds_per_1000: float
    observations_per_second: float
    refused: int


async def measure_cost(process: Process, door: str, first: int, count: int) -> Cost:
    """CPU from the first request until everything is readable."""
    (path, content_type), encode = DOORS[door]
    sets = [
        traces(n, _TRACES_PER_REQUEST) for n in range(first, first + count, _TRACES_PER_REQUEST)
    ]
    bodies = [encode(batch) for batch in sets]
    cpu, began = process.cpu_seconds(), time.monotonic()
    refused = await _send_all(process.address, path, content_type, bodies)
    seconds = time.monotonic() - began
    await read_until_found(process.address, sets[-1][-1].id)
    sent = len(sets) * _TRACES_PER_REQUEST * OBSERVATIONS_PER_TRACE
    spent = process.cpu_seconds() - cpu
    return Cost(spent / sent * 1000, sent / seconds, refused)


async def _send_all(address: Address, path: str, content_type: str, bodies: list[bytes]) -> int:
    waiting = iter(bodies)
    refused = 0

    async def send() -> None:
        nonlocal refused
        connection = Connection(address)
        for body in waiting:
            while (await connection.post(path, body, content_type)).status >= 300:
                refused += 1
                await asyncio.sleep(0.2)
        connection.close()

    await asyncio.gather(*(send() for _ in range(_CONNECTIONS)))
    return refused


async def read_until_found(address: Address, trace_id: str) -> float:
    """Seconds until the trace is answered; the service may say "behind" meanwhile."""
    connection, began = Connection(address), time.monotonic()
    while time.monotonic() - began < _PATIENCE_SECONDS:
        if (await connection.get(f"/api/public/traces/{trace_id}")).status == 200:
            connection.close()
            return time.monotonic() - began
        await asyncio.sleep(_POLL_SECONDS)
    raise RuntimeError("an accepted trace does not become readable")


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from the moment a request was due to its answer; queueing counts."""

    p50: float
    p95: float
    p99: float
    refused: int


async def measure_latency(address: Address, rate: int, seconds: float, first: int) -> Latency:
    """Small OTLP exports at a steady rate of observations per second."""
    per_request = _TRACES_PER_TIMED_REQUEST * OBSERVATIONS_PER_TRACE
    count = int(rate * seconds / per_request)
    bodies = [otlp_body(traces(first + n * 2, _TRACES_PER_TIMED_REQUEST)) for n in range(count)]
    free: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(_CONNECTIONS * 4):
        free.put_nowait(Connection(address))
    times: list[float] = []
    refused = 0

    async def send(due: float, body: bytes) -> None:
        nonlocal refused
        connection = await free.get()
        answer = await connection.post(OTLP[0], body, OTLP[1])
        times.append((time.monotonic() - due) * 1000)
        refused += answer.status >= 300
        free.put_nowait(connection)

    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for place, body in enumerate(bodies):
            due = began + place * per_request / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            group.create_task(send(due, body))
    return Latency(*_percentiles(times), refused)


def _percentiles(times: Sequence[float]) -> tuple[float, float, float]:
    cuts = quantiles(times, n=100, method="inclusive")
    return cuts[49], cuts[94], cuts[98]


async def measure_readable(address: Address, first: int, count: int) -> float:
    """The longest of some times from an acknowledgement to the first answer that shows it."""
    connection, longest = Connection(address), 0.0
    for number in range(first, first + count):
        batch = traces(number, 1)
        await connection.post(OTLP[0], otlp_body(batch), OTLP[1])
        longest = max(longest, await read_until_found(address, batch[0].id))
        await asyncio.sleep(0.05)
    connection.close()
    return longest


async def read_around(address: Address) -> dict[str, float]:
    """The usual reads, once each: milliseconds. They belong to the peak of memory."""
    connection = Connection(address)
    newest = json.loads((await connection.get("/api/public/traces?limit=1")).body)["data"]
    paths = {
        "newest traces": "/api/public/traces?limit=50",
        "one trace": f"/api/public/traces/{newest[0]['id']}",
        "traces of a user": "/api/public/traces?limit=50&userId=user-001",
        "observations": "/api/public/observations?limit=50&type=GENERATION",
    }
    found = {}
    for name, path in paths.items():
        began = time.monotonic()
        answer = await connection.get(path)
        assert answer.status == 200, (name, answer)
        found[name] = (time.monotonic() - began) * 1000
    connection.close()
    return found


async def observation_count(address: Address) -> int:
    """How many there are."""
    connection = Connection(address)
    answer = await connection.get("/api/public/observations?limit=1")
    connection.close()
    return int(json.loads(answer.body)["meta"]["totalItems"])


async def wait_for_seal(address: Address, seconds: float) -> bool:
    """Whether a seal ended within that time."""
    connection, began = Connection(address), time.monotonic()
    while time.monotonic() - began < seconds:
        text = (await connection.get("/metrics")).body.decode()
        if "understudy_seal_duration_seconds_count 0.0" not in text:
            return True
        await asyncio.sleep(0.5)
    return False
