"""docs/routes.md lists every route with its methods and permission, and none that is not there."""

import re
from pathlib import Path

from fastapi import FastAPI

from tests.api.test_access import declared_permissions

PAGE = Path(__file__).parents[2] / "docs" / "routes.md"
ROW = re.compile(r"\| ([A-Z ]+) \| `([^`]+)` \| (\w+) \| (.+) \|")


async def test_the_page_of_routes_lists_what_there_is(app: FastAPI) -> None:
    routes = {
        (" ".join(sorted(getattr(route, "methods", None) or [])), getattr(route, "path", "")): (
            " ".join(sorted(declared_permissions(route)))
        )
        for route in app.routes
    }
    rows = [match.groups() for match in map(ROW.fullmatch, PAGE.read_text().splitlines()) if match]

    assert {(methods, path): permission for methods, path, permission, _ in rows} == routes
    assert all(meaning.strip() for *_, meaning in rows)
