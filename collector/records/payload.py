"""Input and output as text, as contract/ingestion.md 6.2 and 6.4 store them."""

import re
from typing import Any

import orjson

# JavaScript numbers: integers past 2^53 lose digits at intake, 1.0 is written 1. What follows a
# number tells it from digits inside a text, such as a version: the slow way is seldom gone.
_NUMBER_TO_REWRITE = re.compile(rb"(?:\d{16}|\d\.0|\de[-+]?\d+)(?=[,\]}]|\Z)")
_SAFE_INTEGER_MAX = 2**53 - 1


def payload_text(value: Any) -> str | None:
    """The stored text of an input or output; `None` for null, "", 0, false: none overwrites."""
    if not value and not isinstance(value, (dict, list)):
        return None
    return value if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """Compact JSON as JavaScript would write it."""
    data = orjson.dumps(value)
    if _NUMBER_TO_REWRITE.search(data):
        data = orjson.dumps(_as_javascript_numbers(value))
    return data.decode()


def _as_javascript_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_javascript_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_javascript_numbers(item) for item in value]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return javascript_number(value)


def javascript_number(value: float) -> float:
    """The number a 64-bit float holds: an integer where it is whole, with digits past 2^53 lost."""
    if isinstance(value, int) and abs(value) <= _SAFE_INTEGER_MAX:
        return value
    rounded = float(value)
    return int(rounded) if rounded.is_integer() and abs(rounded) < 2**63 else rounded
