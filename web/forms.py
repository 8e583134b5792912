"""Small forms as browsers post them, read with a limit."""

from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from collector.errors import InvalidRequest, TooLarge

_FORM_BYTES_MAX: Final = 8_192
_FIELDS_MAX: Final = 20


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a urlencoded form, the last value of each."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES_MAX:
            raise TooLarge(f"a form may have {_FORM_BYTES_MAX} bytes")
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_FIELDS_MAX
        )
    except ValueError as error:
        raise InvalidRequest("This form has too many fields") from error
    return dict(pairs)
