"""The `filter` parameter of the lists: its grammar is checked; conditions are refused, not ignored.

A condition that were ignored would hand out rows nobody asked for.
"""

from typing import Any

import orjson

from collector.api.parameters import Parameter, WrongValue, text
from collector.errors import InvalidRequest
from collector.ingest.issues import unknown_discriminator, wrong_type

_TYPES = frozenset(
    {
        "datetime",
        "string",
        "number",
        "stringOptions",
        "categoryOptions",
        "arrayOptions",
        "stringObject",
        "numberObject",
        "booleanObject",
        "boolean",
        "null",
        "positionInTrace",
    }
)


def _conditions(sent: list[str]) -> None:
    """Nothing for an empty text or array. Raises WrongValue or InvalidRequest."""
    written = text(sent)
    if not written:
        return
    try:
        value = orjson.loads(written)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest("Invalid JSON in filter parameter") from error
    if not isinstance(value, list):
        raise WrongValue(wrong_type("array", value, ()))
    for place, condition in enumerate(value):
        _check(condition, place)
    if value:
        message = "the filter parameter is not supported yet: use the plain parameters of this list"
        raise InvalidRequest(message)


def _check(condition: Any, place: int) -> None:
    if not isinstance(condition, dict):
        raise WrongValue(wrong_type("object", condition, (place,)))
    if condition.get("type") not in _TYPES:
        raise WrongValue(unknown_discriminator("type", (place, "type")))


FILTER = {"filter": Parameter(_conditions)}
