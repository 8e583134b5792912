"""Query parameters: one table per route says how each is read and what it asks of which column.

Unknown parameters are ignored; every wrong one is an issue of the same 400, in the table's order.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import QueryParams

from collector.errors import ValidationFailed
from collector.ingest.datetimes import unix_ms
from collector.ingest.issues import Issue, wrong_datetime, wrong_option, wrong_type
from collector.telemetry.conditions import Condition

_SAFE_INTEGER_MAX = 2**53 - 1
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


class WrongValue(Exception):
    """Leaves a reader; the path of `issue` is relative to the parameter."""

    def __init__(self, issue: Issue) -> None:
        super().__init__(issue["message"])
        self.issue = issue


Reader = Callable[[list[str]], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """`read` gets every occurrence; with a `column` the value becomes a condition."""

    read: Reader
    column: str | None = None
    operator: str = "="
    default: Any = None


Table = Mapping[str, Parameter]


def read_parameters(table: Table, query: QueryParams) -> dict[str, Any]:
    """The value of each parameter, `default` where it is absent. Raises ValidationFailed."""
    values: dict[str, Any] = {}
    issues: list[Issue] = []
    for name, parameter in table.items():
        sent = query.getlist(name)
        try:
            value = parameter.read(sent) if sent else None
        except WrongValue as wrong:
            issues.append({**wrong.issue, "path": [name, *wrong.issue["path"]]})
        else:
            values[name] = parameter.default if value is None else value
    if issues:
        raise ValidationFailed(issues)
    return values


def conditions_of(table: Table, values: Mapping[str, Any]) -> list[Condition]:
    """What the values that were sent ask of the rows."""
    return [
        Condition(parameter.column, parameter.operator, values[name])
        for name, parameter in table.items()
        if parameter.column is not None and values[name] is not None
    ]


def text(sent: list[str]) -> str:
    """One text, the empty one included."""
    if len(sent) > 1:
        raise WrongValue(wrong_type("string", sent, ()))
    return sent[0]


def texts(sent: list[str]) -> list[str]:
    """Repeated, or one value with commas."""
    return sent if len(sent) > 1 else sent[0].split(",")


def comma_list(sent: list[str]) -> list[str]:
    """One value with commas."""
    return text(sent).split(",")


def choice(*allowed: str) -> Reader:
    """One of the texts, in their case."""

    def read(sent: list[str]) -> str:
        if len(sent) > 1 or sent[0] not in allowed:
            raise WrongValue(wrong_option(allowed, ()))
        return sent[0]

    return read


def groups(*allowed: str) -> Reader:
    """Field groups in a comma list; unknown ones are ignored, none known means the default."""

    def read(sent: list[str]) -> frozenset[str] | None:
        named = {part.strip() for part in text(sent).split(",")}
        return frozenset(named.intersection(allowed)) or None

    return read


def number(sent: list[str]) -> float | None:
    """A finite number; the empty text is absent."""
    value = sent[0].strip() if len(sent) == 1 else "repeated"
    if sent == [""]:
        return None
    if value and not _NUMBER.fullmatch(value):
        issue = wrong_type("number", 0, ()) | {"received": "NaN"}
        issue["message"] = "Invalid input: expected number, received NaN"
        raise WrongValue(issue)
    return float(value or 0)


def _integer(sent: list[str]) -> int | None:
    value = number(sent)
    if value is None:
        return None
    if abs(value) > _SAFE_INTEGER_MAX:
        raise WrongValue(_too_big(_SAFE_INTEGER_MAX, "int"))
    if not value.is_integer():
        raise WrongValue(wrong_type("int", value, ()) | {"format": "safeint"})
    return int(value)


def page(sent: list[str]) -> int | None:
    """A page's number, from 1."""
    value = _integer(sent)
    if value is not None and value <= 0:
        raise WrongValue(_too_small(">0", 0, inclusive=False))
    return value


def limit(maximum: int) -> Reader:
    """How many rows, from 1 to `maximum`."""

    def read(sent: list[str]) -> int | None:
        value = _integer(sent)
        if value is not None and value < 1:
            raise WrongValue(_too_small(">=1", 1, inclusive=True))
        if value is not None and value > maximum:
            raise WrongValue(_too_big(maximum, "number"))
        return value

    return read


def _too_small(bound: str, minimum: int, *, inclusive: bool) -> Issue:
    return {
        "origin": "number",
        "code": "too_small",
        "minimum": minimum,
        "inclusive": inclusive,
        "path": [],
        "message": f"Too small: expected number to be {bound}",
    }


def _too_big(maximum: int, noun: str) -> Issue:
    return {
        "origin": "number",
        "code": "too_big",
        "maximum": maximum,
        "inclusive": True,
        "path": [],
        "message": f"Too big: expected {noun} to be <={maximum}",
    }


PAGE = {"page": Parameter(page, default=1), "limit": Parameter(limit(100), default=50)}


def moment(sent: list[str]) -> int:
    """An ISO 8601 time with its zone, in Unix milliseconds."""
    time_ms = unix_ms(text(sent))
    if time_ms is None:
        raise WrongValue(wrong_datetime(()))
    return time_ms


def order(sent: list[str]) -> tuple[str, bool] | None:
    """`<column>.<asc|desc>`: the column and whether it descends; the empty text is absent."""
    column, _, direction = text(sent).partition(".")
    if not column and not direction:
        return None
    if direction.upper() not in ("ASC", "DESC"):
        raise WrongValue(wrong_option(("ASC", "DESC"), ("order",)))
    return column, direction.upper() == "DESC"
