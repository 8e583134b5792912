"""Loads the statements under `queries/`: one file each, holes in braces, values always bound."""

from functools import cache
from importlib.resources import files


@cache
def _text(name: str) -> str:
    return files("collector.telemetry").joinpath("queries", f"{name}.sql").read_text("utf-8")


def statement(name: str, **holes: str) -> str:
    """The statement of that name; holes take attached names and columns, never a user's values."""
    return _text(name).format_map(holes)
