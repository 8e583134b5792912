"""The environment of a record (contract/ingestion.md 7): any value becomes a good one."""

import re
from typing import Any, Final

DEFAULT: Final = "default"
_CHARACTERS_MAX = 40
_RESERVED = re.compile(r"(?:langfuse[-_]?)+")
_GOOD = re.compile(r"[a-z0-9_-]+")


def normalised(value: Any) -> str:
    """Lower-case, without the reserved prefix, at most 40 characters; else `default`."""
    if not isinstance(value, str):
        return DEFAULT
    name = value.lower()
    if name.startswith("langfuse"):
        name = _RESERVED.sub("", name, count=1)
    name = name[:_CHARACTERS_MAX]
    return name if _GOOD.fullmatch(name) else DEFAULT
