"""Work that never changes, timed beside the rest: how fast this machine is just now.

Shared machines drift by a half within an hour; a figure divided by this one can be compared.
"""

import json
import time

from bench.workload import ingestion_body, traces

_TRACES = 200
_ROUNDS = 9


def reference_cpu_seconds() -> float:
    """The least CPU of reading and writing 1,000 observations with the standard library's JSON."""
    body = ingestion_body(traces(0, _TRACES))
    least = float("inf")
    for _ in range(_ROUNDS):
        began = time.process_time()
        json.dumps(json.loads(body))
        least = min(least, time.process_time() - began)
    return least
