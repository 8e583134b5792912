"""Changes as the intake makes them, short to write."""

from typing import Any

from collector.records.change import Change, Origin

ORIGIN = Origin("pk-lf-test", "python", "5.0.4", "api")
NOVEMBER = 1_795_000_000_000  # 2026-11-18
DAY_MS = 86_400_000


def trace(trace_id: str, time_ms: int = NOVEMBER, **fields: Any) -> Change:
    """A trace-create."""
    fields = {"environment": "default", "public": False, **fields}
    return Change("trace", trace_id, time_ms, False, fields)


def span(observation_id: str, trace_id: str, time_ms: int = NOVEMBER, **fields: Any) -> Change:
    """A span-create; `update=True` for an update."""
    update = bool(fields.pop("update", False))
    fields = {"environment": "default", "type": "SPAN", "trace_id": trace_id, **fields}
    return Change("observation", observation_id, time_ms, update, fields)


def score(score_id: str, trace_id: str | None, time_ms: int = NOVEMBER, **fields: Any) -> Change:
    """A score-create."""
    fields = {"environment": "default", "name": "quality", "value": 1, **fields}
    return Change("score", score_id, time_ms, False, fields | {"trace_id": trace_id})


def conversation(number: int, time_ms: int = NOVEMBER) -> list[Change]:
    """A trace with a span, a generation in it, and a score."""
    trace_id = f"t{number}"
    return [
        trace(trace_id, time_ms, name=f"chat {number % 3}", user_id=f"u{number % 5}", tags=["x"]),
        span(f"s{number}", trace_id, time_ms, name="outer", end_ms=time_ms + 2_000),
        span(
            f"g{number}",
            trace_id,
            time_ms + 500,
            type="GENERATION",
            parent_id=f"s{number}",
            model="gpt-4o",
            input='{"q":1}',
            output="answer",
            usage={"input": 10, "output": 5},
            cost={"input": 0.01, "output": 0.02},
            metadata={"k": {"n": number}},
            end_ms=time_ms + 1_500,
        ),
        score(f"c{number}", trace_id, time_ms + 3_000, value=number / 10),
    ]
