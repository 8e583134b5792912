"""How numbers and times read on the pages. Pure; everything here is a template filter."""

import json
from datetime import UTC, datetime
from typing import Any, Final

_SECOND_MS: Final = 1_000
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 3_600_000
NOTHING: Final = "\u2013"


def duration(milliseconds: float | None) -> str:
    """`340ms`, `0.53s` style under a minute, then `2m 05s`, `1h 02m 09s`."""
    if milliseconds is None:
        return NOTHING
    if milliseconds < _SECOND_MS:
        return f"{milliseconds:.0f}ms"
    if milliseconds < _MINUTE_MS - 5:
        return f"{milliseconds / _SECOND_MS:.2f}s"
    seconds = round(milliseconds / _SECOND_MS)
    hours, rest = divmod(seconds, 3_600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}h {minutes:02}m {seconds:02}s" if hours else f"{minutes}m {seconds:02}s"


def cost(dollars: float | None) -> str:
    """Two decimals, up to six where the amount is that small; a dash for none."""
    if dollars is None:
        return NOTHING
    if dollars == 0 or dollars >= 1:
        return f"${dollars:,.2f}"
    if dollars < 0.000001:
        return "<$0.000001"
    whole, _, decimals = f"{dollars:.6f}".partition(".")
    return f"${whole}.{decimals.rstrip('0').ljust(2, '0')}"


def count(number: float | None) -> str:
    """With thousands separators; a dash for none."""
    return NOTHING if number is None else f"{number:,.0f}"


def tokens(row: dict[str, Any]) -> str:
    """`1,204 → 310 (∑ 1,514)`, only the sum when the split is not known; `~` before an estimate."""
    total = row.get("total_tokens")
    if not total:
        return NOTHING
    return rough(row) + _counted(row, total)


def rough(row: dict[str, Any]) -> str:
    """The sign of a trace in which tokens were estimated."""
    return "~" if row.get("estimated_count") else ""


def _counted(row: dict[str, Any], total: float) -> str:
    split = (row.get("input_tokens") or 0, row.get("output_tokens") or 0)
    if not any(split):
        return f"∑ {total:,.0f}"
    plain = f"{split[0]:,.0f} → {split[1]:,.0f}"
    return plain if sum(split) == total else f"{plain} (∑ {total:,.0f})"


def _instant(milliseconds: float) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / _SECOND_MS, tz=UTC)
    except (OverflowError, OSError, ValueError):
        return None


def iso(milliseconds: float | None) -> str:
    """For `<time datetime>`; empty when there is no such instant."""
    instant = None if milliseconds is None else _instant(milliseconds)
    return "" if instant is None else instant.isoformat(timespec="milliseconds")


def moment(milliseconds: float | None) -> str:
    """`2026-11-24 14:03:22` in UTC; the browser turns it into its own zone."""
    instant = None if milliseconds is None else _instant(milliseconds)
    return NOTHING if instant is None else f"{instant:%Y-%m-%d %H:%M:%S}"


def data_size(length: int) -> str:
    """`812 B`, `1.2 KB`, `3.4 MB`."""
    if length < 1_000:
        return f"{length} B"
    if length < 1_000_000:
        return f"{length / 1_000:.1f} KB"
    return f"{length / 1_000_000:.1f} MB"


def scalar(value: object) -> str:
    """A metadata value on one line or as indented JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, indent=2, default=str)
    return json.dumps(value, ensure_ascii=False, default=str)


FILTERS: Final = {
    "duration": duration,
    "cost": cost,
    "count": count,
    "rough": rough,
    "tokens": tokens,
    "iso": iso,
    "moment": moment,
    "data_size": data_size,
    "scalar": scalar,
}
