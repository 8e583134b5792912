"""Jinja2, with everything escaped. Loaded with the first page, for many a service shows none."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request

from collector import __version__
from web import addresses
from web.assets import assets
from web.formats import FILTERS
from web.payloads import preview

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER: Final = Path(__file__).parent / "templates"
THEME_COOKIE: Final = "understudy-theme"
THEMES: Final = ("light", "dark")


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS, preview=preview)
    return environment


def render(request: Request, template: str, view: dict[str, Any]) -> str:
    """The page as text. `viewer` and `project` come from what the route declared."""

    def url(*segments: str, **query: Any) -> str:
        return addresses.address(request, *segments, **query)

    def static(path: str) -> str:
        return f"{url('static')}/{path}?v={assets()[path].version}"

    def changed(**query: Any) -> str:
        return addresses.changed(request, **query)

    theme = request.cookies.get(THEME_COOKIE)
    frame = {
        "url": url,
        "static": static,
        "changed": changed,
        "theme": theme if theme in THEMES else None,
        "viewer": getattr(request.state, "viewer", None),
        "project": getattr(request.state, "project", None),
        "here": addresses.own_path(request),
        "version": __version__,
        "problems": request.app.state.services.store.problems()
        if getattr(request.state, "viewer", None)
        else [],
    }
    environment = _environment()
    macros = environment.get_template("macros.html").make_module({"static": static})
    for name in ("icon", "when", "copy", "level"):
        frame[name] = getattr(macros, name)
    return environment.get_template(template).render({**frame, **view})
