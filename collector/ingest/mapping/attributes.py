"""Reading attributes: what counts as said, and values as texts, JSON and lists."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from collector.ingest.jsonbody import InvalidJson, parse_json
from collector.records.payload import json_text

# Deeper JSON inside a text stays text: nothing later could write it out again.
_DEPTH_MAX: Final = 200
_JSON_BEGINS: Final = frozenset('{["-0123456789tfn \t\r\n')


def truthy(value: Any) -> bool:
    """Neither absent nor null, "", 0 or false; empty lists and objects are."""
    return bool(value) or isinstance(value, (list, dict))


def first_truthy(values: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value of the first name that is truthy; `None` when none is."""
    for name in names:
        value = values.get(name)
        if value is not None and truthy(value):
            return value
    return None


def first_present(values: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The value of the first name that exists and is not null."""
    for name in names:
        value = values.get(name)
        if value is not None:
            return value
    return None


def as_text(value: Any) -> str:
    """A text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json_text(value)


def text_or_none(value: Any) -> str | None:
    return None if value is None else as_text(value)


def is_true(value: Any) -> bool:
    """True, or the text of it."""
    return value is True or value == "true"


def parsed(value: Any) -> Any:
    """The value of a JSON text; anything else, and what is no JSON, as it is."""
    if not isinstance(value, str) or value[:1] not in _JSON_BEGINS:
        return value
    try:
        return parse_json(value.encode(), _DEPTH_MAX)
    except InvalidJson:
        return value


def parsed_object(value: Any) -> dict[str, Any] | None:
    """An object, or the one in a JSON text; else `None`."""
    known = parsed(value)
    return known if isinstance(known, dict) else None


def parsed_list(value: Any) -> list[Any] | None:
    """A list, or the one in a JSON text; else `None`."""
    known = parsed(value)
    return known if isinstance(known, list) else None
