"""Points in time as attributes hold them."""

from datetime import UTC, datetime
from typing import Any, Final

from collector.ingest.mapping.attributes import parsed
from collector.ingest.otlp_values import TIME_MS_MAX

_CHARACTERS_MAX: Final = 64
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_ms(value: Any) -> int | None:
    """Unix milliseconds of an ISO 8601 text, plain or quoted as JSON, or of a number of them."""
    known = parsed(value) if isinstance(value, str) and len(value) <= _CHARACTERS_MAX else value
    if isinstance(known, str):
        known = _iso_ms(known)
    elif isinstance(value, str):
        return None
    if isinstance(known, bool) or not isinstance(known, (int, float)):
        return None
    return int(known) if 0 < known <= TIME_MS_MAX else None


def _iso_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        passed = moment - _EPOCH
    except OverflowError:
        return None
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000
