"""Numbers as JavaScript reads them out of texts."""

import math
import re
from typing import Any, Final

_LEADING = re.compile(r"\s*([+-]?\d{1,18})(?!\d)", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_CHARACTERS_MAX: Final = 400
COUNT_MAX: Final = 2**53 - 1


def leading_integer(value: Any) -> int | None:
    """The integer a number or a text begins with; `None` when there is none."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        matched = _LEADING.match(value)
        value = int(matched[1]) if matched else None
    if isinstance(value, float):
        value = int(value) if math.isfinite(value) else None
    return value if isinstance(value, int) and abs(value) <= COUNT_MAX else None


def number(value: Any) -> int | float | None:
    """A finite number, or the one a whole text is; whole ones as integers."""
    if isinstance(value, str):
        text = value.strip()
        if len(text) > _CHARACTERS_MAX or not _NUMBER.fullmatch(text):
            return None
        value = float(text)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) <= COUNT_MAX else value
    return value
