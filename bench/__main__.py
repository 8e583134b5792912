"""`python -m bench`: every figure for this machine in one run, as a table and as JSON."""

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import measures
from bench.process import Process
from bench.reference import reference_cpu_seconds
from bench.report import table
from bench.workload import OBSERVATIONS_PER_TRACE

_SEAL = {"UNDERSTUDY_SEAL_OBSERVATIONS": "15000", "UNDERSTUDY_SEAL_QUIET_MINUTES": "0.05"}
_SETTLE_SECONDS = 3.0
_SEAL_SECONDS = 90.0
_LATE_TRACES = 400


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--observations", type=int, default=20_000, help="per door, flat out")
    parser.add_argument("--seconds", type=float, default=15, help="per rate, for latencies")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there, too")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        figures = asyncio.run(_run(Path(folder), arguments.observations, arguments.seconds))
    text = json.dumps(figures, indent=1)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    print(text)
    print(table(figures))
    return 0


async def _first_start(folder: Path) -> dict[str, Any]:
    """An empty folder: tables are made, which loads what later starts do not need."""
    began = time.monotonic()
    process = Process(folder / "data")
    try:
        start = await measures.measure_start(process, began)
        await asyncio.sleep(_SETTLE_SECONDS)
        return {"first_accepted_s": start.accepted, "first_idle_rss_mib": process.rss_mib()}
    finally:
        process.stop()


async def _run(folder: Path, observations: int, seconds: float) -> dict[str, Any]:
    first = await _first_start(folder)
    began = time.monotonic()
    process = Process(folder / "data")
    try:
        start = await measures.measure_start(process, began)
        await asyncio.sleep(_SETTLE_SECONDS)
        figures: dict[str, Any] = first | {
            "machine": f"{os.cpu_count()} cores, Python {platform.python_version()}",
            "start_accepted_s": start.accepted,
            "start_ready_s": start.ready,
            "start_readable_s": start.readable,
            "idle_rss_mib": process.rss_mib(),
            "idle_anonymous_mib": process.rss_anonymous_mib(),
        }
        figures["reference_cpu_s"] = reference_cpu_seconds()
        figures |= await _load(process, observations, seconds)
        least = min(figures["reference_cpu_s"], reference_cpu_seconds())
        figures["reference_cpu_s"] = least
        for door in measures.DOORS:
            figures[f"cpu_ratio_{door}"] = figures[f"cpu_s_per_1000_{door}"] / least
        peak = process.rss_peak_mib()
    finally:
        process.stop()
    figures |= await _seal(folder)
    figures["peak_rss_mib"] = max(peak, figures["peak_sealing_mib"])
    return figures


async def _seal(folder: Path) -> dict[str, Any]:
    """The next start seals what is there, takes more, and answers the usual reads."""
    process = Process(folder / "data", _SEAL)
    try:
        await measures.measure_start(process, time.monotonic())
        _say("seal, more load, and reads")
        count = (await measures.observation_count(process.address)) / 1000
        cpu = process.cpu_seconds()
        sealed = await measures.wait_for_seal(process.address, _SEAL_SECONDS)
        cpu = process.cpu_seconds() - cpu
        await measures.measure_cost(process, "otlp", 20_000_000, _LATE_TRACES)
        reads_ms = await measures.read_around(process.address)
        return {
            "sealed": sealed,
            "seal_cpu_s_per_1000": cpu / count,
            "reads_ms": reads_ms,
            "peak_sealing_mib": process.rss_peak_mib(),
            "rss_after_mib": process.rss_mib(),
        }
    finally:
        process.stop()


async def _load(process: Process, observations: int, seconds: float) -> dict[str, Any]:
    address, count = process.address, observations // OBSERVATIONS_PER_TRACE
    found: dict[str, Any] = {}
    for rate in (100, 1000):
        _say(f"latency at {rate} observations/s")
        first = 10_000_000 + rate * 10_000
        latency = await measures.measure_latency(address, rate, seconds, first)
        found |= {f"ack_{name}_ms_at_{rate}": getattr(latency, name) for name in _PERCENTILES}
        found[f"refused_at_{rate}"] = latency.refused
    _say("time to readable")
    found["readable_max_s"] = await measures.measure_readable(address, 1_000_000, 30)
    for number, door in enumerate(measures.DOORS, 1):
        _say(f"{observations} observations over {door}")
        cost = await measures.measure_cost(process, door, number * 1_000_000 + 10_000, count)
        found[f"cpu_s_per_1000_{door}"] = cost.cpu_seconds_per_1000
        found[f"observations_per_s_{door}"] = cost.observations_per_second
        found[f"refused_{door}"] = cost.refused
        found[f"peak_after_{door}_mib"] = process.rss_peak_mib()
    return found


_PERCENTILES = ("p50", "p95", "p99")


def _say(what: str) -> None:
    print(f"bench: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
