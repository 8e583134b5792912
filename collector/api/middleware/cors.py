"""CORS of the public routes: any origin, no credentials; preflights end here."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = "GET,HEAD,PUT,PATCH,POST,DELETE"


class PublicCors:
    """Echoes the origin on every answer under `/api/public`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers OPTIONS itself, adds headers to the other answers."""
        if scope["type"] != "http" or not scope["path"].startswith("/api/public/"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        if scope["method"] == "OPTIONS":
            await _preflight(origin, headers)(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer["vary"] = "Origin, Accept-Encoding"
                if origin:
                    answer["access-control-allow-origin"] = origin
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _preflight(origin: str | None, headers: Headers) -> Response:
    answer = Response(status_code=204)
    answer.headers["access-control-allow-methods"] = _METHODS
    answer.headers["vary"] = "Origin, Access-Control-Request-Headers"
    if origin:
        answer.headers["access-control-allow-origin"] = origin
    wanted = headers.get("access-control-request-headers")
    if wanted:
        answer.headers["access-control-allow-headers"] = wanted
    return answer
