"""Media cost memory only while they are cut out, one request at a time."""

import random
import time
import urllib.error
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.budget.exports import MIB
from tests.budget.reading import get
from tests.budget.test_memory import PEAK_MIB, send
from tests.servers.fixtures import StartService
from tests.servers.service import Service

# Three bodies on the disk, their spans one after the other: 220 to 224 here, 301 without turns.
AT_ONCE_PEAK_MIB = 240


def large_uri(seed: int) -> bytes:
    """An export of one span whose input is a data URI that fills it."""
    digits = b64encode(random.Random(seed).randbytes(12 * MIB - 3_000)).decode()
    made = ExportTraceServiceRequest()
    span = made.resource_spans.add().scope_spans.add().spans.add(name="see")
    span.trace_id, span.span_id = seed.to_bytes(16), seed.to_bytes(8)
    span.start_time_unix_nano = span.end_time_unix_nano = 1_795_000_000 * 10**9
    entry = span.attributes.add(key="langfuse.observation.input")
    entry.value.string_value = f"data:image/png;base64,{digits}"
    return made.SerializeToString()


def test_a_data_uri_of_16_mib_stays_within_the_budget(start_service: StartService) -> None:
    service = start_service()
    body = large_uri(1)
    status = send(service, body)
    found = get(service, f"/api/public/observations/{1:016x}")

    assert 15.9 * MIB < len(body) < 16 * MIB
    assert status == 200
    assert found["input"].startswith("@@@langfuseMedia:type=image/png|id=")
    assert service.rss_peak_mib() <= PEAK_MIB


def patiently(service: Service, body: bytes) -> int:
    """As exporters send: 503 means later."""
    for _ in range(20):
        try:
            return send(service, body)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
            time.sleep(float(error.headers["Retry-After"]))
            error.close()
    raise AssertionError("always 503")


def test_several_at_once_stay_within_the_budget(start_service: StartService) -> None:
    service = start_service()
    bodies = [large_uri(seed) for seed in (2, 3, 4)]
    with ThreadPoolExecutor(len(bodies)) as pool:
        statuses = list(pool.map(lambda body: patiently(service, body), bodies))
    found = get(service, "/api/public/observations?limit=10")

    assert statuses == [200] * len(bodies)
    assert all(one["input"].startswith("@@@langfuseMedia:") for one in found["data"])
    assert service.rss_peak_mib() <= AT_ONCE_PEAK_MIB
