"""What pages ask of the store: never an error for being a moment behind, only a mark."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request

from collector.errors import Unavailable
from collector.telemetry.conditions import Condition
from web.access import services_of
from web.ranges import Range

PAGE_ROWS: Final = 50
_PAGE_MAX: Final = 2_000


async def is_behind(request: Request, project_id: str) -> bool:
    """Waits for acknowledged writes; True when the page must do without the latest."""
    try:
        await services_of(request).store.visible(project_id)
    except Unavailable:
        return True
    return False


def page_number(text: str | None) -> int:
    """From 1; nonsense is the first page."""
    number = int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 1
    return min(max(number, 1), _PAGE_MAX)


def page_facts(page: int, rows: list[dict[str, Any]], total: int) -> Mapping[str, int]:
    """For the line below a list."""
    first = (page - 1) * PAGE_ROWS + 1 if rows else 0
    return {"page": page, "first": first, "last": first + len(rows) - 1, "total": total}


def within(column: str, range_: Range) -> list[Condition]:
    """The condition of a time range, none for all time."""
    return [] if range_.from_ms is None else [Condition(column, ">=", range_.from_ms)]
