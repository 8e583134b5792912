"""Validation issues in the form the SDKs know: `code`, `path`, `message`, and details by code."""

from collections.abc import Sequence
from typing import Any, Final

import orjson

Issue = dict[str, Any]
Path = tuple[str | int, ...]

# A hostile event can be wrong in a million places; the answer names the first few.
ISSUES_MAX: Final = 8

# Part of the answer, as the text of a JavaScript pattern; times are really read in datetimes.py.
_LEAP_DAY = r"(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29"
_LONG_MONTHS = r"(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])"
_OTHER_MONTHS = r"(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|(?:02)-(?:0[1-9]|1\d|2[0-8])"
_HOUR = r"(?:[01]\d|2[0-3])"
_DATETIME_PATTERN: Final = (
    rf"/^(?:{_LEAP_DAY}|\d{{4}}-(?:{_LONG_MONTHS}|{_OTHER_MONTHS}))"
    rf"T(?:{_HOUR}:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|([+-]{_HOUR}:[0-5]\d)))$/"
)

_STOPS_FURTHER_CHECKS = frozenset({"invalid_type", "invalid_value", "invalid_union"})


class _Absent:
    """The value of a key that is not there."""


ABSENT: Final = _Absent()


def kind_of(value: Any) -> str:
    """The word the messages use for what came in."""
    if value is ABSENT:
        return "undefined"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def wrong_type(expected: str, value: Any, at: Path) -> Issue:
    """Another type than the field's."""
    message = f"Invalid input: expected {expected}, received {kind_of(value)}"
    return {"expected": expected, "code": "invalid_type", "path": list(at), "message": message}


def no_object(value: Any, at: Path = ()) -> Issue:
    """Something else where a whole event or body is expected."""
    issue = wrong_type("object", value, at)
    return {"code": issue["code"], "expected": issue["expected"]} | issue


def no_integer(value: Any, at: Path) -> Issue:
    """A number, but none that counts."""
    return {"expected": "int", "format": "safeint"} | wrong_type("int", value, at)


def wrong_option(options: Sequence[str], at: Path) -> Issue:
    """None of the words the field knows."""
    listed = "|".join(f'"{option}"' for option in options)
    message = f"Invalid option: expected one of {listed}"
    return {
        "code": "invalid_value",
        "values": list(options),
        "path": list(at),
        "message": message,
    }


def no_variant(branches: Sequence[Sequence[Issue]], at: Path) -> Issue:
    """Fits none of several forms; `branches` says why, form by form."""
    return {
        "code": "invalid_union",
        "errors": [list(branch) for branch in branches],
        "path": list(at),
        "message": "Invalid input",
    }


def unknown_discriminator(key: str, at: Path) -> Issue:
    """The key that chooses among forms names none of them."""
    return {
        "code": "invalid_union",
        "errors": [],
        "note": "No matching discriminator",
        "discriminator": key,
        "path": list(at),
        "message": "Invalid input",
    }


def too_short(minimum: int, at: Path) -> Issue:
    """A text of fewer characters than `minimum`."""
    return {
        "origin": "string",
        "code": "too_small",
        "minimum": minimum,
        "inclusive": True,
        "path": list(at),
        "message": f"Too small: expected string to have >={minimum} characters",
    }


def too_long(maximum: int, at: Path) -> Issue:
    """A text of more characters than `maximum`."""
    return {
        "origin": "string",
        "code": "too_big",
        "maximum": maximum,
        "inclusive": True,
        "path": list(at),
        "message": f"Too big: expected string to have <={maximum} characters",
    }


def wrong_pattern(pattern: str, message: str, at: Path) -> Issue:
    """A text that a pattern, given as JavaScript writes it, does not fit."""
    return {
        "origin": "string",
        "code": "invalid_format",
        "format": "regex",
        "pattern": pattern,
        "path": list(at),
        "message": message,
    }


def wrong_datetime(at: Path) -> Issue:
    """A text that is no ISO 8601 time with a zone."""
    return {
        "origin": "string",
        "code": "invalid_format",
        "format": "datetime",
        "pattern": _DATETIME_PATTERN,
        "path": list(at),
        "message": "Invalid ISO datetime",
    }


def broken_rule(message: str, at: Path) -> Issue:
    """A rule between fields, or one that no type expresses."""
    return {"code": "custom", "path": list(at), "message": message}


def stop_further_checks(issues: Sequence[Issue]) -> bool:
    """Whether rules between fields are not looked at, because a field is of the wrong type."""
    return any(issue["code"] in _STOPS_FURTHER_CHECKS for issue in issues)


def issues_text(issues: Sequence[Issue]) -> str:
    """The `error` of a rejected event: the JSON text of its issues, indented by two blanks."""
    return orjson.dumps(issues[:ISSUES_MAX], option=orjson.OPT_INDENT_2).decode()


def sentence(issues: Sequence[Issue], whole: str) -> str:
    """The issues in one line; `whole` names what they are about where the path does not."""
    return "; ".join(f"{'.'.join(map(str, i['path'])) or whole}: {i['message']}" for i in issues)
