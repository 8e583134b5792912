"""The figures beside what is expected of them."""

from collections.abc import Mapping
from typing import Any

# Name, figure, unit, digits, the most it may be.
_ROWS: tuple[tuple[str, str, str, int, float | None], ...] = (
    ("first batch accepted after the start", "start_accepted_s", "s", 2, 1.5),
    ("the same, on an empty data folder", "first_accepted_s", "s", 2, 1.5),
    ("ready after the start", "start_ready_s", "s", 2, 3),
    ("first read answered after the start", "start_readable_s", "s", 2, 3),
    ("RSS, idle", "idle_rss_mib", "MiB", 0, 128),
    ("RSS, idle, when this start made the tables", "first_idle_rss_mib", "MiB", 0, None),
    ("RSS, peak: load, seal and reads", "peak_rss_mib", "MiB", 0, 224),
    ("CPU per 1,000 observations, OTLP", "cpu_s_per_1000_otlp", "s", 3, 0.3),
    ("CPU per 1,000 observations, /ingestion", "cpu_s_per_1000_ingestion", "s", 3, 0.25),
    ("CPU of a seal per 1,000 observations", "seal_cpu_s_per_1000", "s", 3, None),
    ("reference work (bench/reference.py), CPU", "reference_cpu_s", "s", 4, None),
    ("CPU over the reference work, OTLP", "cpu_ratio_otlp", "", 1, None),
    ("CPU over the reference work, /ingestion", "cpu_ratio_ingestion", "", 1, None),
    ("flat out, OTLP", "observations_per_s_otlp", "/s", 0, None),
    ("flat out, /ingestion", "observations_per_s_ingestion", "/s", 0, None),
    ("acknowledgement at 100/s, p50", "ack_p50_ms_at_100", "ms", 1, None),
    ("acknowledgement at 100/s, p95", "ack_p95_ms_at_100", "ms", 1, None),
    ("acknowledgement at 100/s, p99", "ack_p99_ms_at_100", "ms", 1, None),
    ("acknowledgement at 1,000/s, p50", "ack_p50_ms_at_1000", "ms", 1, None),
    ("acknowledgement at 1,000/s, p95", "ack_p95_ms_at_1000", "ms", 1, None),
    ("acknowledgement at 1,000/s, p99", "ack_p99_ms_at_1000", "ms", 1, None),
    ("readable after its acknowledgement, longest", "readable_max_s", "s", 2, 1),
)


def table(figures: Mapping[str, Any]) -> str:
    """Markdown, as docs/benchmarks.md has it."""
    lines = ["| Figure | Measured | Expected |", "| --- | --- | --- |"]
    for name, key, unit, digits, most in _ROWS:
        expected = f"at most {most:g} {unit}" if most is not None else ""
        lines.append(f"| {name} | {figures[key]:,.{digits}f} {unit} | {expected} |")
    return "\n".join(lines)
