"""The clocks of a record as one JSON text beside its payload, as short as a later merge allows.

A field that has the record's base clock is left out. Where a column cannot be null, or null was
said outright, the stored value alone does not tell what was said, so two more words are needed.
"""

from typing import Any, Final

import orjson

from collector.records.change import Kind
from collector.records.merge import RULES, Merged, Rule
from collector.records.metadata import NEVER, Clock, ClockTree

_NULL_AT_BASE: Final = None
_NEVER_SAID: Final = 0
# Columns that hold a default where no event said anything.
_DEFAULTED: Final[dict[Kind, tuple[str, ...]]] = {
    "trace": ("name", "public"),
    "observation": ("name", "level"),
    "score": (),
}


def clocks_text(merged: Merged) -> str | None:
    """The text to store; `None` when the base clock says it all."""
    clocks: dict[str, Any] = {}
    for name, clock in merged.clocks.items():
        if clock == NEVER:
            clocks[name] = _NEVER_SAID
        elif clock != merged.base:
            clocks[name] = clock
        elif merged.values.get(name) is None and RULES[merged.kind][name] is not Rule.SAID:
            clocks[name] = _NULL_AT_BASE
    for name in _DEFAULTED[merged.kind]:
        if merged.values.get(name) is None and name not in merged.clocks:
            clocks[name] = _NEVER_SAID
    if merged.values.get("parent_id") == "":
        clocks.setdefault("parent_id", _NULL_AT_BASE)  # kept as null: it has no parent any more
    return orjson.dumps(clocks).decode() if clocks else None


def read_clocks(text: str | None, base: Clock) -> dict[str, Clock | ClockTree]:
    """The clocks of a stored record; a field that was never said is older than every event."""
    clocks = orjson.loads(text) if text else {}
    for name, clock in clocks.items():
        if clock is _NULL_AT_BASE:
            clocks[name] = base
        elif clock == _NEVER_SAID:
            clocks[name] = NEVER
    return clocks
