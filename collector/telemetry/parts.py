"""Long texts as rows of parts, so that no column's vector outgrows DuckDB's memory limit."""

from collections.abc import Iterable, Mapping
from typing import Any

Row = dict[str, Any]

PART_BYTES = 4_000
# A character takes up to four bytes.
_PART_CHARACTERS = PART_BYTES // 4
_KEYS = ("project_id", "trace_id", "id")


def split(row: Mapping[str, Any]) -> list[Row]:
    """The rows that carry one payload: as many as its longest text needs, at least one."""
    keys = {name: row[name] for name in _KEYS if name in row}
    texts = {name: _pieces(value) for name, value in row.items() if name not in keys and value}
    amount = max((len(pieces) for pieces in texts.values()), default=1)
    return [
        {
            **keys,
            "part": part,
            **{name: pieces[part] for name, pieces in texts.items() if part < len(pieces)},
        }
        for part in range(amount)
    ]


def _pieces(text: str) -> list[str]:
    if len(text) <= _PART_CHARACTERS:
        return [text]
    step = PART_BYTES if text.isascii() else _PART_CHARACTERS
    return [text[start : start + step] for start in range(0, len(text), step)]


def join(rows: Iterable[Row]) -> dict[str, Row]:
    """Payloads by id; `row_numbers` tells where their rows lie, if the rows tell."""
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["id"], []).append(row)
    return {key: _joined(parts) for key, parts in grouped.items()}


def _joined(rows: list[Row]) -> Row:
    rows.sort(key=lambda row: row["part"])
    numbers = [row["row_number"] for row in rows if "row_number" in row]
    joined = {
        name: value if name in _KEYS else _text(row[name] for row in rows)
        for name, value in rows[0].items()
        if name not in ("part", "row_number")
    }
    return joined | {"row_numbers": numbers}


def _text(pieces: Iterable[str | None]) -> str | None:
    found = [piece for piece in pieces if piece is not None]
    return "".join(found) if found else None
