"""Units and costs as the SDKs report them, in their dialects (contract/ingestion.md 8.1-8.3)."""

import re
from collections.abc import Mapping
from typing import Any, Final

from collector.ingest.issues import Issue, Path, wrong_type
from collector.ingest.values import (
    Field,
    Schema,
    is_number,
    number,
    one_of,
    read_fields,
    whole,
    whole_number,
)

_UNITS: Final = ("CHARACTERS", "TOKENS", "SECONDS", "MILLISECONDS", "IMAGES", "REQUESTS")
_LEGACY_SCHEMA: Schema = (
    *(Field(key, key, whole_number) for key in ("input", "output", "total")),
    Field("unit", "unit", one_of(*_UNITS)),
    *(Field(key, key, number) for key in ("inputCost", "outputCost", "totalCost")),
    *(Field(k, k, whole_number) for k in ("promptTokens", "completionTokens", "totalTokens")),
)
_OPENAI_KEYS: Final = ("promptTokens", "completionTokens", "totalTokens")
_SIDES: Final = ("input", "output", "total")
_COST_KEYS: Final = ("inputCost", "outputCost", "totalCost")
# Names of the input, output and total counts and of their details, dialect by dialect.
_DETAILED_DIALECTS: Final = (
    (
        ("prompt_tokens", "completion_tokens", "total_tokens"),
        ("prompt_tokens_details", "completion_tokens_details"),
    ),
    (
        ("input_tokens", "output_tokens", "total_tokens"),
        ("input_tokens_details", "output_tokens_details"),
    ),
)
_LEADING_INTEGER = re.compile(r"\s*([+-]?\d{1,16})(?!\d)", re.ASCII)


def legacy_usage(value: Any, at: Path, issues: list[Issue]) -> dict[str, Any] | None:
    """The old `usage` object: counts by input, output and total, and `inputCost` and so on."""
    if not isinstance(value, dict):
        issues.append(wrong_type("object", value, at))
        return None
    usage = read_fields(value, _LEGACY_SCHEMA, at, issues)
    if any(key in value for key in _OPENAI_KEYS):
        return {side: usage.get(key) for side, key in zip(_SIDES, _OPENAI_KEYS, strict=True)}
    return usage


def usage_details(value: Any, at: Path, issues: list[Issue]) -> dict[str, int] | None:
    """Counts by type; both shapes of OpenAI's API are told apart from a plain map."""
    if not isinstance(value, dict):
        issues.append(wrong_type("record", value, at))
        return None
    for counts, details in _DETAILED_DIALECTS:
        detailed = _detailed_usage(value, counts, details)
        if detailed is not None:
            return detailed
    usage = {key: _count(item) for key, item in value.items()}
    return {key: count for key, count in usage.items() if count is not None}


def _detailed_usage(
    value: Mapping[str, Any], counts: tuple[str, str, str], details: tuple[str, str]
) -> dict[str, int] | None:
    if counts[0] not in value or not value.keys() <= {*counts, *details}:
        return None
    found = [_whole_count(value.get(key)) for key in counts]
    if None in found:
        return None
    usage: dict[str, int] = dict(zip(_SIDES, found, strict=True))  # type: ignore[arg-type]
    for side, key in zip(_SIDES, details, strict=False):
        parts = value.get(key)
        if parts is not None and not _take_out(usage, side, parts):
            return None
    return usage


def _take_out(usage: dict[str, int], side: str, parts: Any) -> bool:
    """Moves detailed counts of one side out of its sum; whether all of them are counts."""
    if not isinstance(parts, dict):
        return False
    for key, item in parts.items():
        if item is None:
            continue
        count = _whole_count(item)
        if count is None:
            return False
        usage[f"{side}_{key}"] = count
        usage[side] = max(0, usage[side] - count)
    return True


def _whole_count(value: Any) -> int | None:
    if not is_number(value) or value < 0:
        return None
    return whole(value)


def _count(value: Any) -> int | None:
    if not isinstance(value, str):
        return _whole_count(value)
    leading = _LEADING_INTEGER.match(value)
    return _whole_count(int(leading[1])) if leading else None


def cost_details(value: Any, at: Path, issues: list[Issue]) -> dict[str, float] | None:
    """Costs in USD by type; whatever is no amount is left out."""
    if not isinstance(value, dict):
        issues.append(wrong_type("record", value, at))
        return None
    return {key: float(item) for key, item in value.items() if is_number(item) and item >= 0}


def combined_usage(legacy: Mapping[str, Any], details: Mapping[str, int]) -> dict[str, int]:
    """Both usage objects of one event as one map; `details` wins key by key.

    Negative counts stay until events are merged: a map of nothing else replaces an older one, too.
    """
    counts = {side: legacy.get(side) for side in ("input", "output")}
    counts["total"] = _total(legacy, details)
    return {key: count for key, count in counts.items() if count is not None} | dict(details)


def _total(legacy: Mapping[str, Any], details: Mapping[str, int]) -> int | None:
    given: int | None = legacy.get("total")
    if given or details:
        return given or None
    units_in: int | None = legacy.get("input")
    units_out: int | None = legacy.get("output")
    if units_in and units_out:
        return units_in + units_out
    return units_in if units_in is not None else units_out


def combined_cost(legacy: Mapping[str, Any], details: Mapping[str, float]) -> dict[str, float]:
    """Costs of the old `usage` object under those of `costDetails`."""
    given = {side: legacy.get(key) for side, key in zip(_SIDES, _COST_KEYS, strict=True)}
    costs = {side: float(cost) for side, cost in given.items() if cost is not None}
    return {key: cost for key, cost in (costs | dict(details)).items() if cost >= 0}
