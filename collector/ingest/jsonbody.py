"""JSON bodies as clients really send them: lone surrogates, huge numbers, hostile nesting."""

import json
import re
from typing import Any, NoReturn

import orjson

_INTEGER_DIGITS_MAX = 18
_ESCAPE = re.compile(
    r"\\(?:(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


class InvalidJson(ValueError):
    """The body is no JSON, or nested deeper than the limit; the message says which."""


def parse_json(data: bytes, depth_max: int) -> Any:
    """The value of a JSON text nested at most `depth_max` deep. Raises InvalidJson.

    Lone surrogates and broken UTF-8 become U+FFFD; integers past 64 bits become floats, numbers
    past a float become null; NaN and Infinity are no JSON. NUL characters are kept.
    """
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        value = _parse_leniently(data)
    # Brackets inside texts are counted too: the count only spares small bodies the walk.
    if data.count(b"[") + data.count(b"{") > depth_max and _is_deeper(value, depth_max):
        raise InvalidJson(f"JSON nested deeper than {depth_max} levels")
    return value


def _parse_leniently(data: bytes) -> Any:
    text = _ESCAPE.sub(_without_lone_surrogate, data.decode("utf-8", "replace"))
    try:
        return json.loads(
            text, parse_int=_integer, parse_float=_finite, parse_constant=_refuse_constant
        )
    except RecursionError:
        raise InvalidJson("JSON nested too deep") from None
    except ValueError as error:
        raise InvalidJson(f"no JSON: {error}") from None


def _without_lone_surrogate(escape: re.Match[str]) -> str:
    return "\\ufffd" if escape[2] else escape[0]


def _integer(digits: str) -> int | float | None:
    return int(digits) if len(digits) <= _INTEGER_DIGITS_MAX else _finite(digits)


def _finite(digits: str) -> float | None:
    number = float(digits)
    return None if number in (float("inf"), float("-inf")) else number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def _is_deeper(value: Any, depth_max: int) -> bool:
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(depth_max):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True
