"""Every metric of the service, declared in one place; docs/metrics.md explains them for operators.

Names end in a unit or `_total`. No label holds anything a client chose.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
PlatformCollector(registry=REGISTRY)
GCCollector(registry=REGISTRY)

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(f"understudy_{name}", meaning, labels, registry=REGISTRY)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(f"understudy_{name}", meaning, labels, registry=REGISTRY)


def _histogram(
    name: str, meaning: str, *labels: str, buckets: tuple[float, ...] = _FAST
) -> Histogram:
    return Histogram(f"understudy_{name}", meaning, labels, buckets=buckets, registry=REGISTRY)


HTTP_DURATION = _histogram(
    "http_request_duration_seconds", "Answered requests", "route", "method", "code"
)
HTTP_IN_FLIGHT = _gauge("http_in_flight_bytes", "Bodies being read now")

INGEST_EVENTS = _counter("ingest_events_total", "Events acknowledged or refused", "door", "result")
REJECTED = _counter("rejected_events_total", "Refused events noted for their project", "result")
INGEST_BYTES = _counter("ingest_bytes_total", "Bytes of accepted bodies, inflated", "door")
LIMIT_HITS = _counter("limit_hits_total", "Times a limit of the settings bit", "limit")
DISCARDED = _counter("otlp_discarded_total", "OTLP metrics and logs requests, discarded", "signal")

JOURNAL_APPEND = _histogram("journal_append_duration_seconds", "From append to durable")
JOURNAL_BYTES = _gauge("journal_size_bytes", "Journal on disk")
JOURNAL_FAILURES = _counter("journal_failures_total", "Failed writes or syncs of the journal")
JOURNAL_TORN = _counter("journal_torn_total", "Torn tails cut off at start")

FLUSH_DURATION = _histogram("flush_duration_seconds", "One flush", buckets=_SLOW)
CHECKPOINT_DURATION = _histogram(
    "checkpoint_duration_seconds", "Writing the hot file out", buckets=_SLOW
)
FLUSH_ROWS = _counter("flush_rows_total", "Rows written by flushes", "kind")
FLUSH_FAILURES = _counter("flush_failures_total", "Flushes that failed and are tried again")
LAST_FLUSH = _gauge("last_flush_timestamp_seconds", "End of the last flush")

SEAL_DURATION = _histogram("seal_duration_seconds", "One seal", buckets=_SLOW)
SEAL_FAILURES = _counter("seal_failures_total", "Seals that failed and are tried again")
LAST_SEAL = _gauge("last_seal_timestamp_seconds", "End of the last seal")
DISK_FREE = _gauge("disk_free_bytes", "Free space where the data folder is")

UNPRICED = _counter(
    "unpriced_observations_total", "Observations stored with a model and usage, but no price"
)
REPRICED = _counter(
    "repriced_observations_total", "Stored observations whose price or cost was changed"
)

QUERY_DURATION = _histogram(
    "query_duration_seconds", "One query of the trace store", "query", buckets=_SLOW
)
QUERY_DEADLINES = _counter("query_deadlines_total", "Queries interrupted at the deadline")
QUERY_QUEUE = _gauge("queued_queries", "Queries waiting now")
READ_WAIT = _histogram("read_wait_duration_seconds", "A read waiting for earlier writes")
DUCKDB_REOPENED = _counter("duckdb_reopened_total", "Reopened after a fatal error")

REGISTRY_UP = _gauge("registry_up_ratio", "1 while the registry's database answers, else 0")
REGISTRY_RETRIES = _counter("registry_retries_total", "Statements repeated on a new connection")
AUTH = _counter("auth_total", "Checks of an API key", "result")
LOGINS = _counter("logins_total", "Login attempts", "result")

OBJECT_DURATION = _histogram(
    "object_operation_duration_seconds", "One object storage operation", "verb", buckets=_SLOW
)
OBJECT_FAILURES = _counter("object_failures_total", "Failed object storage operations", "verb")

MEDIA_ITEMS = _counter("media_items_total", "Media cut out of payloads", "result")
MEDIA_BYTES = _counter("media_bytes_total", "Bytes of media written to the data folder")
MEDIA_WAITING = _gauge("media_waiting_bytes", "Media that wait for their bucket")
MEDIA_FAILURES = _counter("media_failures_total", "Failed steps on the way of media", "step")

LOG_SUPPRESSED = _counter("log_suppressed_total", "Warnings held back by the throttle")


def exposition() -> bytes:
    """The text a Prometheus server reads."""
    return generate_latest(REGISTRY)
