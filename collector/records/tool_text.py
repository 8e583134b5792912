"""Reading JSON texts for tools: nothing is parsed that is not JSON, or that is too long."""

from typing import Any, Final

import orjson

from collector.records.payload import json_text

# Past it an input or output is stored, but not searched for tools.
TOOL_TEXT_CHARACTERS_MAX: Final = 1 << 20
TOOL_NAME_CHARACTERS_MAX: Final = 500


def decoded(value: Any) -> Any:
    """The object or list of a JSON text; anything else as it is."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    if len(value) > TOOL_TEXT_CHARACTERS_MAX:
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def decoded_list(value: Any) -> list[Any]:
    """The list, or the one in a JSON text; an empty one for anything else."""
    known = decoded(value)
    return known if isinstance(known, list) else []


def as_text(value: Any) -> str:
    """Texts as they are, nothing as the empty text, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json_text(value)


def name_of(value: Any) -> str | None:
    """A tool's name, if it is one."""
    is_name = isinstance(value, str) and 0 < len(value) <= TOOL_NAME_CHARACTERS_MAX
    return value if is_name else None
