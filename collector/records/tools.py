"""The tools of an observation: what its model could call and did call, and a tidy input.

Looked for after merging and before storing. Most observations have none: texts are searched for a
few words before any JSON is parsed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import orjson

from collector.records import tool_calls, tool_definitions, tool_moves
from collector.records.payload import json_text
from collector.records.tool_text import TOOL_TEXT_CHARACTERS_MAX, decoded

_JSON_BEGINS: Final = ("{", "[")
_SPACE: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Tools:
    """`input` and `metadata` are what to store; `moved` is what `restored` needs to undo it."""

    input: str | None
    metadata: Mapping[str, Any] | None
    definitions: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    called_names: list[str] = field(default_factory=list)
    moved: list[Any] | None = None
    limits_hit: tuple[str, ...] = ()


def tools_of(values: Mapping[str, Any]) -> Tools:
    """What a merged observation says about tools."""
    found = Tools(values.get("input"), values.get("metadata"))
    try:
        return _tools_of(values, found)
    except orjson.JSONEncodeError:  # nested deeper than could be written out again
        return found


def _tools_of(values: Mapping[str, Any], found: Tools) -> Tools:
    taken = tool_moves.take(found.metadata) if found.metadata else None
    if taken is not None:
        found = _moved(found, taken)
    elif _is_worth(found.input, tool_definitions.may_be_in):
        found = _with_definitions(found, decoded(found.input), [])
    output: str = values.get("output") or ""
    if not _is_worth(output, tool_calls.may_be_in):
        return found
    calls, names, too_many = tool_calls.calls(output)
    found = replace(found, calls=calls, called_names=names)
    too_long = len(output) > TOOL_TEXT_CHARACTERS_MAX
    return _hit(found, tool_calls_max=too_many, tool_text_characters_max=too_long)


def _is_worth(text: str | None, may_be_in: Callable[[str], bool]) -> bool:
    if not text or (text[0] not in _JSON_BEGINS and text.lstrip(_SPACE)[:1] not in _JSON_BEGINS):
        return False
    return may_be_in(text)


def _moved(found: Tools, taken: tool_moves.Taken) -> Tools:
    laid = tool_moves.with_tools(found.input, taken.entries)
    if laid is None:
        known = decoded(found.input) if found.input else None
        return _with_definitions(found, known, taken.entries)
    whole, was = laid
    moved = [was, [list(source) for source in taken.sources]]
    stored = replace(found, input=json_text(whole), metadata=taken.metadata, moved=moved)
    return _with_definitions(stored, whole, [])


def _with_definitions(found: Tools, known: Any, more: list[Any]) -> Tools:
    entries = [*tool_definitions.entries_in(known), *more]
    definitions, too_many = tool_definitions.definitions(entries)
    too_long = isinstance(known, str) and len(known) > TOOL_TEXT_CHARACTERS_MAX
    found = replace(found, definitions=definitions)
    return _hit(found, tool_definitions_max=too_many, tool_text_characters_max=too_long)


def _hit(found: Tools, **limits: bool) -> Tools:
    hit = tuple(name for name, is_hit in limits.items() if is_hit)
    return replace(found, limits_hit=(*found.limits_hit, *hit)) if hit else found


def restored(values: Mapping[str, Any], moved: Any) -> dict[str, Any]:
    """The values of a stored observation before its tools were moved."""
    was, sources = moved
    text, metadata = tool_moves.moved_back(
        values["input"], values.get("metadata") or {}, was, [tuple(source) for source in sources]
    )
    return {**values, "input": text, "metadata": metadata}
