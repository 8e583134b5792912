"""Rows as Arrow columns, which DuckDB reads where they lie: no text is encoded or parsed again."""

from array import array
from collections.abc import Mapping, Sequence
from itertools import accumulate, chain
from typing import Any

import nanoarrow

_STRING = nanoarrow.string()
_LIST = nanoarrow.list_(nanoarrow.string())
# Arrow's type of a DuckDB type, and the type code of Python's array that holds its values.
_NUMBERS = {
    "BIGINT": (nanoarrow.int64(), "q"),
    "INTEGER": (nanoarrow.int32(), "i"),
    "TINYINT": (nanoarrow.int8(), "b"),
    "DOUBLE": (nanoarrow.float64(), "d"),
}


class Columns:
    """Equally long columns; may be read more than once."""

    def __init__(self, values: Mapping[str, Sequence[Any]], kinds: Mapping[str, str]) -> None:
        """`kinds` names each column's DuckDB type. A value of another type raises TypeError."""
        columns = {name: _column(kinds[name], listed) for name, listed in values.items()}
        length = max((len(listed) for listed in values.values()), default=0)
        shape = nanoarrow.struct({name: _type(kinds[name]) for name in columns})
        self._array = nanoarrow.c_array_from_buffers(
            shape, length, [None], children=list(columns.values())
        )

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """What DuckDB asks of a source of rows."""
        return nanoarrow.c_array_stream(self._array).__arrow_c_stream__(requested_schema)


def _type(kind: str) -> Any:
    if kind in _NUMBERS:
        return _NUMBERS[kind][0]
    return {"VARCHAR": _STRING, "VARCHAR[]": _LIST, "BOOLEAN": nanoarrow.bool_()}[kind]


def _column(kind: str, values: Sequence[Any]) -> Any:
    if kind == "VARCHAR":
        return _strings(values)
    if kind == "VARCHAR[]":
        return _lists(values)
    if kind == "BOOLEAN":
        buffers = [_validity(values), _bits([bool(value) for value in values])]
        return nanoarrow.c_array_from_buffers(nanoarrow.bool_(), len(values), buffers)
    arrow, code = _NUMBERS[kind]
    numbers = array(code, [0 if value is None else value for value in values])
    return nanoarrow.c_array_from_buffers(arrow, len(values), [_validity(values), numbers])


def _strings(values: Sequence[str | None]) -> Any:
    texts = [b"" if value is None else value.encode() for value in values]
    offsets = array("i", accumulate(map(len, texts), initial=0))
    buffers = [_validity(values), offsets, b"".join(texts)]
    return nanoarrow.c_array_from_buffers(_STRING, len(values), buffers)


def _lists(values: Sequence[Sequence[str] | None]) -> Any:
    lists = [value or () for value in values]
    offsets = array("i", accumulate(map(len, lists), initial=0))
    items = _strings(list(chain.from_iterable(lists)))
    buffers = [_validity(values), offsets]
    return nanoarrow.c_array_from_buffers(_LIST, len(values), buffers, children=[items])


def _validity(values: Sequence[Any]) -> bytes | None:
    return None if None not in values else _bits([value is not None for value in values])


def _bits(flags: Sequence[bool]) -> bytes:
    """One bit per flag, the first one lowest."""
    digits = "".join("1" if flag else "0" for flag in reversed(flags)) or "0"
    return int(digits, 2).to_bytes((len(flags) + 7) // 8, "little")
