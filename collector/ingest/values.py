"""Readers of single values: each gives the value to store, or adds an issue and gives `None`.

`read_fields` walks a schema, a tuple of `Field`s, over a body.
"""

from collections.abc import Callable, Mapping
from enum import Enum
from itertools import islice
from typing import Any, Final, NamedTuple

from collector.ingest.datetimes import unix_ms
from collector.ingest.environment import normalised
from collector.ingest.issues import (
    ABSENT,
    ISSUES_MAX,
    Issue,
    Path,
    broken_rule,
    no_integer,
    no_variant,
    too_long,
    too_short,
    wrong_datetime,
    wrong_option,
    wrong_type,
)
from collector.records.payload import json_text, payload_text

ID_CHARACTERS_MAX: Final = 800
_SAFE_INTEGER_MAX: Final = 2**53 - 1

Reader = Callable[[Any, Path, list[Issue]], Any]


class Null(Enum):
    """What an explicit null says."""

    SAYS_NULL = "kept, it may clear an older value"
    SAYS_NOTHING = "as if the key were absent"
    REFUSED = "no value of this field"


class Field(NamedTuple):
    """One key of a body, the name it is stored by, and how it is read."""

    key: str
    name: str
    read: Reader
    null: Null = Null.SAYS_NULL
    required: bool = False


Schema = tuple[Field, ...]


def read_fields(
    body: Mapping[str, Any], schema: Schema, at: Path, issues: list[Issue]
) -> dict[str, Any]:
    """The schema's fields of a body; keys the schema does not know are dropped."""
    fields: dict[str, Any] = {}
    for key, name, read, null, required in schema:
        value = body.get(key, ABSENT)
        if value is ABSENT:
            if not required:
                continue
        elif value is None and null is not Null.REFUSED:
            if null is Null.SAYS_NULL:
                fields[name] = None
            continue
        result = read(value, (*at, key), issues)
        if result is not None:
            fields[name] = result
    return fields


def text(value: Any, at: Path, issues: list[Issue]) -> str | None:
    if isinstance(value, str):
        return value
    issues.append(wrong_type("string", value, at))
    return None


def text_of(minimum: int = 0, maximum: int | None = None) -> Reader:
    """A reader of texts of so many characters."""

    def read(value: Any, at: Path, issues: list[Issue]) -> str | None:
        if not isinstance(value, str):
            issues.append(wrong_type("string", value, at))
            return None
        if len(value) < minimum:
            issues.append(too_short(minimum, at))
        if maximum is not None and _is_longer(value, maximum):
            issues.append(too_long(maximum, at))
        return value

    return read


def _is_longer(value: str, maximum: int) -> bool:
    # Langfuse counts UTF-16 units: characters beyond the first 65,536 count twice.
    if len(value) * 2 <= maximum:
        return False
    return len(value) > maximum or len(value.encode("utf-16-le", "surrogatepass")) > maximum * 2


_bounded_id = text_of(1, ID_CHARACTERS_MAX)


def identifier(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known: str | None = _bounded_id(value, at, issues)
    if known and "\r" in known:
        issues.append(broken_rule("An id must not contain a carriage return", at))
    return known


def instant_ms(value: Any, at: Path, issues: list[Issue]) -> int | None:
    if not isinstance(value, str):
        issues.append(wrong_type("string", value, at))
        return None
    moment_ms = unix_ms(value)
    if moment_ms is None:
        issues.append(wrong_datetime(at))
    return moment_ms


def boolean(value: Any, at: Path, issues: list[Issue]) -> bool | None:
    if isinstance(value, bool):
        return value
    issues.append(wrong_type("boolean", value, at))
    return None


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def number(value: Any, at: Path, issues: list[Issue]) -> float | None:
    if is_number(value):
        return value  # type: ignore[no-any-return]
    issues.append(wrong_type("number", value, at))
    return None


def whole_number(value: Any, at: Path, issues: list[Issue]) -> int | None:
    if not is_number(value):
        issues.append(wrong_type("number", value, at))
        return None
    if whole(value) is None:
        issues.append(no_integer(value, at))
        return None
    return int(value)


def whole(value: float) -> int | None:
    """The integer a number is, if a 64-bit float holds it exactly; 3.0 is 3."""
    if abs(value) > _SAFE_INTEGER_MAX or value != int(value):
        return None
    return int(value)


def one_of(*options: str) -> Reader:
    """A reader of one of a few words."""
    known = frozenset(options)

    def read(value: Any, at: Path, issues: list[Issue]) -> str | None:
        if isinstance(value, str) and value in known:
            return value
        issues.append(wrong_option(options, at))
        return None

    return read


def texts(value: Any, at: Path, issues: list[Issue]) -> list[str] | None:
    """A list of texts."""
    if not isinstance(value, list):
        issues.append(wrong_type("array", value, at))
        return None
    for index, item in enumerate(value):
        if not isinstance(item, str):
            issues.append(wrong_type("string", item, (*at, index)))
            if len(issues) >= ISSUES_MAX:
                return None
    return value


def payload(value: Any, at: Path, issues: list[Issue]) -> str | None:  # noqa: ARG001
    """An input or output: any value, as text."""
    return payload_text(value)


def metadata(value: Any, at: Path, issues: list[Issue]) -> dict[str, Any]:  # noqa: ARG001
    """An object as it is; anything else as the text of the key `metadata`."""
    if isinstance(value, dict):
        return value
    return {"metadata": value if isinstance(value, str) else json_text(value)}


def environment(value: Any, at: Path, issues: list[Issue]) -> str:  # noqa: ARG001
    """Any value: what is no environment's name becomes `default`."""
    return normalised(value)


def json_value(value: Any, at: Path, issues: list[Issue]) -> Any:
    """Any value but null, required."""
    if value is ABSENT or value is None:
        issues.append(no_variant((), at))
        return None
    return value


def model_parameters(value: Any, at: Path, issues: list[Issue]) -> dict[str, Any] | None:
    """A map to texts, numbers, booleans, lists of texts and maps to texts."""
    return _parameters(value, at, issues, _parameter_issues)


def plain_model_parameters(value: Any, at: Path, issues: list[Issue]) -> dict[str, Any] | None:
    """A map to texts, numbers and booleans, as the oldest SDKs send it."""
    return _parameters(value, at, issues, _plain_parameter_issues)


def _parameters(
    value: Any, at: Path, issues: list[Issue], branches: Callable[[Any], list[list[Issue]]]
) -> dict[str, Any] | None:
    if not isinstance(value, dict):
        issues.append(wrong_type("record", value, at))
        return None
    for key, item in value.items():
        if item is None or isinstance(item, (str, int, float)):
            continue
        found = branches(item)
        if all(found):
            issues.append(no_variant(found, (*at, key)))
            if len(issues) >= ISSUES_MAX:
                return None
    return value


def _plain_parameter_issues(item: Any) -> list[list[Issue]]:
    return [[wrong_type(expected, item, ())] for expected in ("string", "number", "boolean")]


def _parameter_issues(item: Any) -> list[list[Issue]]:
    """Why a parameter is none of the five forms, form by form; a form that fits has no issue."""
    as_list: list[Issue] = []
    texts(item, (), as_list)
    return [*_plain_parameter_issues(item), as_list, _map_to_texts_issues(item)]


def _map_to_texts_issues(item: Any) -> list[Issue]:
    if not isinstance(item, dict):
        return [wrong_type("record", item, ())]
    wrong = ((key, value) for key, value in item.items() if not isinstance(value, str))
    return [wrong_type("string", value, (key,)) for key, value in islice(wrong, ISSUES_MAX)]
