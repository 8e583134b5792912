"""Everything that goes wrong, as the body the clients know (contract: error bodies)."""

import logging
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from collector.api.access import IngestionRefused, OrganizationKeyMissing
from collector.api.answers import JSONAnswer
from collector.api.bodies import BodyRefused
from collector.errors import (
    Forbidden,
    MethodNotAllowed,
    Unauthorized,
    Unavailable,
    UnderstudyError,
    ValidationFailed,
)

log = logging.getLogger("understudy.api")

UNEXPECTED = {"message": "Internal Server Error", "error": "An unknown error occurred"}
# The older routes of Langfuse know no class names in the body of a 405.
_BARE_405 = {"/api/public/projects": "message", "/api/public/organizations": "error"}


def install(app: FastAPI) -> None:
    """One handler per boundary: our own errors, the router's, and the framework's checks."""
    app.add_exception_handler(UnderstudyError, _own)
    app.add_exception_handler(HTTPException, _of_router)
    app.add_exception_handler(RequestValidationError, _of_framework)


async def _own(_request: Request, error: Any) -> JSONAnswer:
    return answer(error)


def answer(error: UnderstudyError) -> JSONAnswer:
    """The answer to one of our own errors."""
    headers = None
    if isinstance(error, Unavailable):
        headers = {"Retry-After": str(error.retry_after_seconds)}
    return JSONAnswer(body_of(error), status_code=error.status, headers=headers)


def body_of(error: UnderstudyError) -> Any:
    """The body alone."""
    match error:
        case BodyRefused():
            return error.message
        case ValidationFailed():
            return {"message": error.message, "error": error.issues}
        case OrganizationKeyMissing():
            return {"error": error.message}
        case IngestionRefused():
            return {"error": error.name, "message": error.message}
        case Unauthorized() | Forbidden():
            return {"message": error.message}
    if error.status == 500:
        log.error("unexpected refusal", exc_info=error)
        return UNEXPECTED
    return {"message": error.message, "error": error.name}


async def _of_router(request: Request, error: Any) -> Response:
    if error.status_code == 405:
        return _method_not_allowed(request)
    message = "Not Found" if error.status_code == 404 else str(error.detail)
    name = "NotFoundError" if error.status_code == 404 else "HTTPError"
    body = {"message": message, "error": name}
    return JSONAnswer(body, status_code=error.status_code, headers=error.headers)


def _method_not_allowed(request: Request) -> Response:
    if request.method == "HEAD":
        return Response(status_code=405)
    error = MethodNotAllowed()
    body: dict[str, str] = {"message": error.message, "error": error.name}
    for prefix, key in _BARE_405.items():
        if request.url.path.startswith(prefix):
            body = {key: error.message}
    return JSONAnswer(body, status_code=405)


async def _of_framework(_request: Request, error: Any) -> JSONAnswer:
    issues = [
        {"code": "custom", "path": list(issue["loc"][1:]), "message": issue["msg"]}
        for issue in error.errors()
    ]
    return answer(ValidationFailed(issues))
