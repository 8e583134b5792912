"""Request bodies within limits: one body, and (budget.py) all bodies in flight together."""

from typing import Any

from starlette.requests import ClientDisconnect, Request

from collector import metrics
from collector.api.budget import held_by
from collector.errors import UnderstudyError
from collector.ingest.jsonbody import InvalidJson, parse_json

_MIB = 1024**2
# A parsed JSON body costs about three times its text.
JSON_WEIGHT = 3


class BodyRefused(UnderstudyError):
    """Answered with the sentence alone, as a JSON string."""


class InvalidBody(BodyRefused):
    """No JSON, nested too deep, or cut off."""

    status = 400
    name = "InvalidRequestError"


class BodyTooLarge(BodyRefused):
    """Past the limit of the route."""

    status = 413
    name = "PayloadTooLargeError"

    def __init__(self, bytes_max: int) -> None:
        super().__init__(f"Body exceeded {bytes_max / _MIB:g}mb limit")


async def read_body(request: Request, bytes_max: int, weight: int = 1) -> bytes:
    """The raw body, each byte held `weight` times. Raises BodyTooLarge, without reading on."""
    declared = declared_length(request)
    if declared > bytes_max:
        raise _too_large(bytes_max)
    held = held_by(request)
    await held.at_least(declared * weight)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > bytes_max:
                raise _too_large(bytes_max)
            await held.at_least(len(body) * weight)
    except ClientDisconnect as error:
        raise InvalidBody("Body ended early") from error
    return bytes(body)


def json_value(data: bytes, depth_max: int) -> Any:
    """The value of a JSON body. Raises InvalidBody."""
    if not data:
        return {}
    try:
        return parse_json(data, depth_max)
    except InvalidJson as error:
        raise InvalidBody("Invalid JSON") from error


def declared_length(request: Request) -> int:
    """What Content-Length says; 0 if it is absent or no number."""
    text = request.headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _too_large(bytes_max: int) -> BodyTooLarge:
    metrics.LIMIT_HITS.labels("body_bytes_max").inc()
    return BodyTooLarge(bytes_max)
