"""Tool definitions that arrive among the metadata belong to the input (contract/ingestion.md 6.5).

The move is made for storing. What was moved is noted, so that the next merge begins with input and
metadata as they came: a later event must meet what the client said.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from collector.records.payload import json_text
from collector.records.tool_definitions import TOOL_DEFINITIONS_MAX, tool_name
from collector.records.tool_text import TOOL_TEXT_CHARACTERS_MAX, decoded, decoded_list

_TOOLS: Final = "tools"
_ATTRIBUTES: Final = "attributes"
_LISTS: Final = ("ai.prompt.tools", "gen_ai.tool.definitions")
_PARAMETERS: Final = "model_request_parameters"
_FUNCTION_TOOLS: Final = "function_tools"
_SCHEMA_PREFIX: Final = "llm.tools."
_SCHEMA_SUFFIX: Final = ".tool.json_schema"

# Where tools came from, how many, and whether they were a JSON text there.
Source = tuple[str, int, bool]


@dataclass(slots=True)
class Taken:
    """Metadata without the tools, the tools, and where each came from."""

    metadata: dict[str, Any]
    entries: list[Any] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)

    def add(self, place: str, value: Any, entries: list[Any]) -> None:
        self.entries += entries
        self.sources.append((place, len(entries), isinstance(value, str)))


def take(metadata: Mapping[str, Any]) -> Taken | None:
    """`None` when the metadata hold no tool definitions."""
    attributes = metadata.get(_ATTRIBUTES)
    schemas: list[str] = []
    if isinstance(attributes, dict):
        schemas = [name for name in attributes if name.startswith(_SCHEMA_PREFIX)]
        is_there = bool(schemas) or not attributes.keys().isdisjoint((*_LISTS, _PARAMETERS))
    else:
        is_there = False
    if not is_there and _TOOLS not in metadata:
        return None
    taken = Taken(dict(metadata))
    _take_own(taken)
    if is_there:
        rest = taken.metadata[_ATTRIBUTES] = dict(attributes or {})
        _take_lists(taken, rest)
        _take_function_tools(taken, rest)
        _take_schemas(taken, rest, schemas)
    return taken if taken.entries else None


def _take_own(taken: Taken) -> None:
    """`tools` is anybody's word: only a list of nothing but tools counts."""
    value = taken.metadata.get(_TOOLS)
    entries = decoded_list(value)
    if entries and all(tool_name(entry) for entry in entries):
        taken.add(_TOOLS, value, [decoded(entry) for entry in entries])
        del taken.metadata[_TOOLS]


def _take_lists(taken: Taken, attributes: dict[str, Any]) -> None:
    for name in _LISTS:
        value = attributes.get(name)
        entries = decoded_list(value)
        if any(tool_name(entry) for entry in entries):
            taken.add(name, value, [decoded(entry) for entry in entries])
            del attributes[name]


def _take_function_tools(taken: Taken, attributes: dict[str, Any]) -> None:
    value = attributes.get(_PARAMETERS)
    parameters = decoded(value)
    entries = parameters.get(_FUNCTION_TOOLS) if isinstance(parameters, dict) else None
    if isinstance(entries, list) and any(tool_name(entry) for entry in entries):
        taken.add(_PARAMETERS, value, entries)
        rest = {key: item for key, item in parameters.items() if key != _FUNCTION_TOOLS}
        attributes[_PARAMETERS] = json_text(rest) if isinstance(value, str) else rest


def _take_schemas(taken: Taken, attributes: dict[str, Any], names: list[str]) -> None:
    numbered = sorted((number, name) for name in names if (number := _number(name)) is not None)
    for _, name in numbered[:TOOL_DEFINITIONS_MAX]:
        value = attributes[name]
        if tool_name(value):
            taken.add(name, value, [decoded(value)])
            del attributes[name]


def _number(name: str) -> int | None:
    number = name.removeprefix(_SCHEMA_PREFIX).removesuffix(_SCHEMA_SUFFIX)
    is_number = name.endswith(_SCHEMA_SUFFIX) and number.isascii() and number.isdigit()
    return int(number) if is_number and len(number) <= 6 else None


def with_tools(input_text: str | None, entries: list[Any]) -> tuple[Any, str] | None:
    """The input with the tools beside what it was, and what that was; `None` if it is too long."""
    if input_text is None:
        return {_TOOLS: entries}, "none"
    if len(input_text) > TOOL_TEXT_CHARACTERS_MAX:
        return None
    known = decoded(input_text)
    if isinstance(known, list):
        return {"messages": known, _TOOLS: entries}, "list"
    if not isinstance(known, dict):
        return {"prompt": input_text, _TOOLS: entries}, "text"
    present = known.get(_TOOLS)
    if present is not None and not isinstance(present, list):
        return None
    return {**known, _TOOLS: [*(present or ()), *entries]}, "object"


def moved_back(
    input_text: str, metadata: Mapping[str, Any], was: str, sources: list[Source]
) -> tuple[str | None, dict[str, Any]]:
    """Input and metadata as they were before the tools were moved."""
    whole = orjson.loads(input_text)  # longer than what is searched, by the tools themselves
    count = sum(source[1] for source in sources)
    tools = whole.pop(_TOOLS)
    present, moved = tools[:-count], tools[-count:]
    restored = dict(metadata)
    if any(place != _TOOLS for place, *_ in sources):
        restored[_ATTRIBUTES] = dict(restored.get(_ATTRIBUTES) or {})
    for place, length, is_text in sources:
        part, moved = moved[:length], moved[length:]
        target = restored if place == _TOOLS else restored[_ATTRIBUTES]
        _put_back(target, place, part, is_text=is_text)
    if was == "none":
        return None, restored
    if was == "text":
        return str(whole["prompt"]), restored
    if was == "list":
        return json_text(whole["messages"]), restored
    return json_text({**whole, _TOOLS: present} if present else whole), restored


def _put_back(target: dict[str, Any], place: str, part: list[Any], *, is_text: bool) -> None:
    value: Any = part
    if place == _PARAMETERS:
        value = {**decoded(target.get(place) or {}), _FUNCTION_TOOLS: part}
    elif place.startswith(_SCHEMA_PREFIX):
        value = part[0]
    target[place] = json_text(value) if is_text else value
