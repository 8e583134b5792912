"""Single values as the API writes them: times, seconds, numbers, and stored text read as JSON."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT_INTEGER_MAX = 2**53
_LONG_DIGITS = re.compile(r"\d{16}")
# A JSON string as a whole, or a number: enough to find the integers of a valid document.
_STRING_OR_NUMBER = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?\d[\d.eE+-]*')


def iso_time(time_ms: int | None) -> str | None:
    """UTC with three fractional digits and `Z`."""
    if time_ms is None:
        return None
    moment = _EPOCH + timedelta(milliseconds=time_ms)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def number(value: float) -> float:
    """Whole numbers without a fraction, as JavaScript writes them."""
    if isinstance(value, int) or not value.is_integer() or abs(value) > _EXACT_INTEGER_MAX:
        return value
    return int(value)


def seconds(duration_ms: float | None) -> float | None:
    """A duration in seconds with the precision of milliseconds."""
    return None if duration_ms is None else number(duration_ms / 1000)


def seconds_between(start_ms: int | None, end_ms: int | None) -> float | None:
    """None if either end is unknown."""
    return None if start_ms is None or end_ms is None else seconds(end_ms - start_ms)


def payload(text: str | None) -> Any:
    """An input or output: JSON when the text is JSON, else the text; nothing for the empty text."""
    return text_as_json(text) if text else None


def text_as_json(text: str) -> Any:
    """The text itself if it is valid JSON (spliced into the answer, never rebuilt), else a string.

    Integers past 2^53 are written as strings, so that no client loses their last digits.
    """
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return _with_exact_integers(text)


def _with_exact_integers(document: str) -> orjson.Fragment:
    if _LONG_DIGITS.search(document):
        document = _STRING_OR_NUMBER.sub(_exact_integer, document)
    return orjson.Fragment(document)


def _exact_integer(token: re.Match[str]) -> str:
    text = token[0]
    if len(text) < 16 or not text.removeprefix("-").isdigit():
        return text
    return f'"{text}"' if abs(int(text)) > _EXACT_INTEGER_MAX else text


def metadata(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """Each text of the top level read as JSON if it is JSON; other values as they are."""
    return {key: _metadata_value(value) for key, value in (stored or {}).items()}


def _metadata_value(value: Any) -> Any:
    if isinstance(value, str):
        return text_as_json(value)
    if isinstance(value, (dict, list)):
        text = orjson.dumps(value).decode()
        return _with_exact_integers(text)
    if isinstance(value, int) and abs(value) > _EXACT_INTEGER_MAX:
        return str(value)
    return number(value) if isinstance(value, float) else value
