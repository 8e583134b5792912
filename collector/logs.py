"""Logs: one JSON object per line on standard output, with request id and project.

Never payloads, never secrets: what is logged beside the sentence is passed as `extra` of the
names in `_EXTRAS`, and nothing else gets out.
"""

import json
import logging
import sys
import time
from contextvars import ContextVar

from collector import metrics

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
project: ContextVar[str | None] = ContextVar("project", default=None)

_EXTRAS = (
    "route",
    "method",
    "code",
    "duration_ms",
    "events",
    "rows",
    "bytes",
    "path",
    "reason",
    "retry_seconds",
    "suppressed",
)
_QUIET_LIBRARIES = ("asyncio", "uvicorn", "uvicorn.error", "alembic", "sqlalchemy")


class JsonFormatter(logging.Formatter):
    """`ts`, `level`, `logger`, `event`, then what is known of the request, then the extras."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the text holds."""
        line: dict[str, object] = {
            "ts": _utc(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        known = {"request_id": request_id.get(), "project": project.get()}
        line.update({key: value for key, value in known.items() if value is not None})
        line.update({key: getattr(record, key) for key in _EXTRAS if hasattr(record, key)})
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


class Throttle(logging.Filter):
    """One warning of a kind per period; the next one says how many were held back.

    The kind is the logger and the unformatted sentence, so the number of kinds is bounded by code.
    """

    def __init__(self, period_seconds: float = 10.0) -> None:
        super().__init__()
        self.period_seconds = period_seconds
        self._last: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Only warnings are throttled: an error is one too many as it is."""
        if record.levelno != logging.WARNING:
            return True
        kind = (record.name, str(record.msg))
        last_seconds, suppressed = self._last.get(kind, (float("-inf"), 0))
        now_seconds = time.monotonic()
        if now_seconds - last_seconds < self.period_seconds:
            self._last[kind] = (last_seconds, suppressed + 1)
            metrics.LOG_SUPPRESSED.inc()
            return False
        self._last[kind] = (now_seconds, 0)
        if suppressed:
            record.suppressed = suppressed
        return True


def configure(level: str = "INFO") -> None:
    """Replaces every handler; may be called again."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    handler.addFilter(Throttle())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET_LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
    logging.getLogger("uvicorn.access").disabled = True
    logging.captureWarnings(capture=True)


def _utc(seconds: float) -> str:
    whole, part = divmod(seconds, 1)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{int(part * 1000):03d}Z"
