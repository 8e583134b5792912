"""JSON answers, and the page envelope of lists."""

from collections.abc import Sequence
from typing import Any

import orjson
from starlette.responses import Response


class JSONAnswer(Response):
    """Any value as JSON, in one pass and without copies."""

    media_type = "application/json; charset=utf-8"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def page_answer(data: Sequence[Any], page: int, limit: int, total: int) -> JSONAnswer:
    """One page of a list, with the totals of the whole list."""
    meta = {"page": page, "limit": limit, "totalItems": total, "totalPages": -(-total // limit)}
    return JSONAnswer({"data": data, "meta": meta})
