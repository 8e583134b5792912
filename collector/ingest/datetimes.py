"""ISO 8601 times with a zone, as Unix milliseconds (contract/ingestion.md 4)."""

import re
from datetime import UTC, datetime

_FORM = re.compile(
    r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?"
    r"(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_MS = 86_400_000


def unix_ms(text: str) -> int | None:
    """Milliseconds since 1970, further digits cut off; `None` when the text is no such time."""
    if not _FORM.fullmatch(text):
        return None
    try:
        passed = datetime.fromisoformat(text) - _EPOCH
    except ValueError:  # February 30
        return None
    return passed.days * _DAY_MS + passed.seconds * 1000 + passed.microseconds // 1000
