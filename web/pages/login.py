"""Login, logout and the theme: the only forms that need no project."""

import time
from dataclasses import dataclass, field
from typing import Final

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from collector import metrics
from collector.errors import Unauthorized, Unavailable
from web.access import (
    drop_session,
    find_viewer,
    for_everyone,
    keep_session,
    services_of,
    session_token,
)
from web.addresses import root_path, safe_next
from web.answers import page, see_other
from web.forms import read_form
from web.login_limits import AttemptLimit
from web.routes import PageRoute
from web.templates import THEME_COOKIE, THEMES

router = APIRouter(route_class=PageRoute, dependencies=[Depends(for_everyone)])

_ATTEMPTS_PER_MINUTE_MAX: Final = 5
_WAITING_MAX: Final = 8
_YEAR_SECONDS: Final = 365 * 24 * 3_600


@dataclass
class LoginGate:
    """What one application allows: attempts per person and per address, passwords being hashed."""

    by_address: AttemptLimit
    by_person: AttemptLimit = field(default_factory=lambda: AttemptLimit(_ATTEMPTS_PER_MINUTE_MAX))
    waiting: int = 0


def _gate(request: Request) -> LoginGate:
    """Made with the first attempt; it lives as long as the application."""
    state = request.app.state
    if not hasattr(state, "login_gate"):
        limit = services_of(request).settings.login_attempts_per_minute_max
        state.login_gate = LoginGate(AttemptLimit(limit))
    gate: LoginGate = state.login_gate
    return gate


@router.get("/login")
async def show_login(request: Request) -> Response:
    """The form, or straight on for someone logged in."""
    path = safe_next(request.query_params.get("next"))
    if await find_viewer(request) is not None:
        return see_other(request, path)
    return _form(request, path)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """A wrong password is 401 and the form again, too many attempts 429."""
    form = await read_form(request)
    email = form.get("email", "").strip().lower()
    path = safe_next(form.get("next"))
    gate = _gate(request)
    address = request.client.host if request.client else ""
    seconds = max(
        gate.by_address.wait_seconds(address), gate.by_person.wait_seconds((address, email))
    )
    if seconds:
        metrics.LOGINS.labels("limited").inc()
        problem = f"Too many attempts. Wait {seconds} seconds and try again."
        response = _form(request, path, email=email, problem=problem, status=429)
        response.headers["Retry-After"] = str(seconds)
        return response
    try:
        response = await _logged_in(request, gate, email, form.get("password", ""), path)
    except Unauthorized:
        metrics.LOGINS.labels("refused").inc()
        problem = "That e-mail address and password do not belong together."
        return _form(request, path, email=email, problem=problem, status=401)
    metrics.LOGINS.labels("accepted").inc()
    gate.by_person.forget((address, email))
    return response


async def _logged_in(
    request: Request, gate: LoginGate, email: str, password: str, path: str
) -> Response:
    """Passwords are checked one at a time; only so many may wait for that."""
    if gate.waiting >= _WAITING_MAX:
        raise Unavailable("Too many people are logging in at this moment")
    gate.waiting += 1
    try:
        login = await services_of(request).registry.login(email, password)
    finally:
        gate.waiting -= 1
    response = see_other(request, path)
    keep_session(request, response, login.token, login.expires_ms // 1_000 - int(time.time()))
    return response


def _form(
    request: Request, path: str, email: str = "", problem: str = "", status: int = 200
) -> Response:
    return page(request, "login.html", {"next": path, "email": email, "problem": problem}, status)


@router.post("/logout")
async def log_out(request: Request) -> Response:
    """Ends the session here and in the browser."""
    token = session_token(request)
    if token:
        await services_of(request).registry.logout(token)
    response = see_other(request, "/login")
    drop_session(request, response)
    return response


@router.post("/theme")
async def choose_theme(request: Request) -> Response:
    """Light or dark for this browser; anything else follows the system again."""
    form = await read_form(request)
    response = see_other(request, safe_next(form.get("next")))
    path = root_path(request) or "/"
    if form.get("theme") in THEMES:
        response.set_cookie(
            THEME_COOKIE, form["theme"], max_age=_YEAR_SECONDS, path=path, samesite="lax"
        )
    else:
        response.delete_cookie(THEME_COOKIE, path=path)
    return response
