"""The kind of route every page has: same-origin forms, errors as pages, strict headers."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from collector.errors import InvalidRequest, UnderstudyError
from web.answers import error_page, secured
from web.same_origin import refuse_cross_site


class PageRoute(APIRoute):
    """Wraps a page; what it raises is answered as HTML rather than as the API's JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                refuse_cross_site(request)
                return secured(await handler(request))
            except RequestValidationError:
                mistake = InvalidRequest("A parameter of this address is not what it should be")
                return secured(error_page(request, mistake))
            except UnderstudyError as error:
                return secured(error_page(request, error))

        return handle
