"""Ids, times and numbers as OTLP writes them (contract/otel.md 2 and 3)."""

import math
import re
from typing import Any, Final

from collector.ingest.mapping.counting import number as finite_number
from collector.records.payload import javascript_number

NANOS_PER_MS: Final = 1_000_000
# Year 9999: past it neither databases nor calendars agree.
TIME_MS_MAX: Final = 253_402_300_799_999

_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_INT64_MAX = 2**63 - 1


def id_text(value: Any) -> str | None:
    """An id: text as it is, bytes in any of their JSON forms as hex; `None` when it is neither."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.get("type") == "Buffer":
        value = value.get("data")
    if isinstance(value, list) and all(type(item) is int for item in value):
        return bytes(item & 0xFF for item in value).hex()
    return None


def time_ms(value: Any) -> int | None:
    """Nanoseconds as text, number or two halves, in whole milliseconds; `None` if there is none."""
    if isinstance(value, dict):
        value = _from_halves(value)
    elif isinstance(value, str):
        value = int(value) if _INTEGER.fullmatch(value) else None
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) else None
    if type(value) is not int or value <= 0:
        return None
    passed = value // NANOS_PER_MS
    return passed if 0 < passed <= TIME_MS_MAX else None


def _from_halves(value: dict[str, Any]) -> int | None:
    high, low = value.get("high"), value.get("low")
    if type(high) is not int or type(low) is not int:
        return None
    return (high & 0xFFFF_FFFF) << 32 | (low & 0xFFFF_FFFF)


def both_times(start: int | None, end: int | None, now_ms: int) -> tuple[int, int]:
    """Start and end: a missing one is the other, both are now; no end is before its start."""
    if start is None:
        start = now_ms if end is None else end
    return start, max(start, start if end is None else end)


def integer(value: Any) -> Any:
    """An integer from a number, its text or two halves, as a 64-bit float can hold it."""
    if isinstance(value, dict):
        value = _signed(_from_halves(value))
    if isinstance(value, str):
        value = int(value) if _INTEGER.fullmatch(value) else number(value)
    return plain_number(value)


def _signed(value: int | None) -> int | None:
    return value - 2**64 if value is not None and value > _INT64_MAX else value


def number(value: Any) -> Any:
    """A number from a number or a finite one's text; other texts stay."""
    known = finite_number(value) if isinstance(value, str) else value
    return value if known is None else plain_number(known)


def plain_number(value: Any) -> Any:
    """What JSON can say: whole floats as integers, the three that it cannot say as their names."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    known = javascript_number(value)
    return known if abs(known) <= _INT64_MAX else float(known)
