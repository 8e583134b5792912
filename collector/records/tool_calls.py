"""Tools that a model called: where an output tells it, and the stored form."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from collector.records.payload import json_text
from collector.records.tool_text import as_text, decoded, decoded_list, name_of

TOOL_CALLS_MAX: Final = 1_000

_MARKS: Final = ("tool", '"arg', '"function"')
_CALL_TYPES: Final = frozenset({"function", "function_call", "tool_use", "tool-call", "tool_call"})
_PART_TYPES: Final = frozenset({"tool_use", "tool-call"})
_IDS: Final = ("id", "toolCallId", "tool_call_id", "call_id")
_ARGUMENTS: Final = ("arguments", "args", "input")

Object = Mapping[str, Any]


def may_be_in(output_text: str) -> bool:
    """Whether it is worth parsing: a search of the text, no more."""
    return any(mark in output_text for mark in _MARKS)


def calls(output: Any) -> tuple[list[str], list[str], bool]:
    """The calls in their stored form, their names beside them, and whether there were too many.

    Of calls with one id, or without ids but with equal name and arguments, the first counts.
    """
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for index, entry in _entries(output):
        name = _name(entry)
        if name is None:
            continue
        known_id, arguments = as_text(_first(entry, _IDS)), as_text(_arguments(entry))
        key = ("", known_id) if known_id else (name, arguments)
        if key in found:
            continue
        if len(found) >= TOOL_CALLS_MAX:
            return [text for _, text in found.values()], [name for name, _ in found.values()], True
        stored = {
            "id": known_id,
            "arguments": arguments,
            "type": as_text(entry.get("type")),
            "index": _index(entry, index),
        }
        found[key] = (name, json_text(stored))
    return [text for _, text in found.values()], [name for name, _ in found.values()], False


def _entries(output: Any) -> Iterator[tuple[int, Object]]:
    """Everything that may be a call, with its place among its neighbours."""
    known = decoded(output)
    for index, item in enumerate(known if isinstance(known, list) else [known]):
        message = decoded(item)
        if isinstance(message, Mapping):
            if _is_call(message):
                yield index, message
            else:
                yield from _of_message(message)


def _is_call(message: Object) -> bool:
    if "role" in message or _name(message) is None:
        return False
    if message.get("type") in _CALL_TYPES or "toolName" in message:
        return True
    return isinstance(message.get("function"), Mapping) or not message.keys().isdisjoint(
        _ARGUMENTS[:2]
    )


def _of_message(message: Object) -> Iterator[tuple[int, Object]]:
    yield from _objects(message.get("tool_calls"))
    yield from _objects(message.get("toolCalls"))
    extra = message.get("additional_kwargs")
    if isinstance(extra, Mapping):
        yield from _objects(extra.get("tool_calls"))
    for index, part in _objects(message.get("content")):
        if part.get("type") in _PART_TYPES:
            yield index, part
    for _, choice in _objects(message.get("choices")):
        inner = choice.get("message")
        if isinstance(inner, Mapping) and "choices" not in inner:
            yield from _of_message(inner)


def _objects(value: Any) -> Iterator[tuple[int, Object]]:
    if value is None:
        return
    for index, item in enumerate(decoded_list(value)):
        known = decoded(item)
        if isinstance(known, Mapping):
            yield index, known


def _function(entry: Object) -> Object:
    function = entry.get("function")
    return function if isinstance(function, Mapping) else {}


def _name(entry: Object) -> str | None:
    given = _function(entry).get("name") or entry.get("name") or entry.get("toolName")
    return name_of(given)


def _arguments(entry: Object) -> Any:
    given = _function(entry).get("arguments")
    return _first(entry, _ARGUMENTS) if given is None else given


def _first(entry: Object, names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def _index(entry: Object, index: int) -> int:
    given = entry.get("index")
    return given if type(given) is int else index
