"""Input and output as text, as contract/ingestion.md 6.2 and 6.4 store them."""

from collections.abc import Iterable
from typing import Any

import orjson

_SAFE_INTEGER_MAX = 2**53 - 1


def payload_text(value: Any) -> str | None:
    """The stored text of an input or output; `None` for null, "", 0, false: none overwrites."""
    if not value and not isinstance(value, (dict, list)):
        return None
    return value if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """Compact JSON as JavaScript would write it."""
    if _holds_number_to_rewrite(value):
        value = _as_javascript_numbers(value)
    return orjson.dumps(value).decode()


def _holds_number_to_rewrite(value: Any) -> bool:
    """Whether JavaScript writes some number otherwise; looks at values, never into long texts."""
    waiting: list[Iterable[Any]] = [[value]]
    while waiting:
        for item in waiting.pop():
            kind = type(item)
            if kind is dict:
                waiting.append(item.values())
            elif kind is list:
                waiting.append(item)
            elif kind is float:
                if item.is_integer():
                    return True
            elif kind is int and not -_SAFE_INTEGER_MAX <= item <= _SAFE_INTEGER_MAX:
                return True
    return False


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
