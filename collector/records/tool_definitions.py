"""Tools that a model could call: where an input or metadata name them, and their stored form."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from collector.records.payload import json_text
from collector.records.tool_text import as_text, decoded, decoded_list, name_of

TOOL_DEFINITIONS_MAX: Final = 1_000

_DESCRIPTIONS: Final = ("description", "desc")
_PARAMETERS: Final = ("parameters", "parameters_json_schema", "inputSchema", "input_schema")


def may_be_in(input_text: str) -> bool:
    """Whether it is worth parsing: a search of the text, no more."""
    if '"tool' not in input_text:
        return False
    return '"tools"' in input_text or ('"tool"' in input_text and "function" in input_text)


def entries_in(value: Any) -> Iterator[Any]:
    """What an input lists as tools: beside its messages, within them, or as messages."""
    messages = value
    if isinstance(value, Mapping):
        yield from decoded_list(value.get("tools"))
        messages = value.get("messages")
    for message in messages if isinstance(messages, list) else ():
        if isinstance(message, Mapping):
            yield from decoded_list(message.get("tools"))
            content = decoded(message.get("content")) if message.get("role") == "tool" else None
            if isinstance(content, Mapping) and content.get("type") == "function":
                yield content


def tool_name(entry: Any) -> str | None:
    """The name of the tool that an entry defines; `None` when it defines none."""
    described = _described(entry)
    return None if described is None else name_of(described.get("name"))


def _described(entry: Any) -> Mapping[str, Any] | None:
    known = decoded(entry)
    if not isinstance(known, Mapping):
        return None
    function = known.get("function")
    return function if isinstance(function, Mapping) else known


def definitions(entries: Iterable[Any]) -> tuple[dict[str, str], bool]:
    """Name to its stored form, the first of equal names; whether there were too many."""
    found: dict[str, str] = {}
    for entry in entries:
        described = _described(entry)
        name = None if described is None else name_of(described.get("name"))
        if described is None or name is None or name in found:
            continue
        if len(found) >= TOOL_DEFINITIONS_MAX:
            return found, True
        found[name] = json_text(
            {
                "description": as_text(_first(described, _DESCRIPTIONS)),
                "parameters": as_text(_first(described, _PARAMETERS)),
            }
        )
    return found, False


def _first(described: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((described[name] for name in names if described.get(name) is not None), None)
