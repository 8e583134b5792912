"""Gives freed memory back to the system after bursts: glibc keeps it for its threads."""

import ctypes
import ctypes.util
import time
from functools import cache
from typing import Any

_SPACING_SECONDS = 1.0
_last_at = 0.0


@cache
def _trim() -> Any:
    library = ctypes.CDLL(ctypes.util.find_library("c") or None)
    return getattr(library, "malloc_trim", None)  # musl has none, and keeps nothing back


def give_back() -> None:
    """Return what is free, at most every second; costs some milliseconds."""
    global _last_at  # noqa: PLW0603 - one process, one heap
    now = time.monotonic()
    trim = _trim()
    if trim is not None and now - _last_at >= _SPACING_SECONDS:
        _last_at = now
        trim(0)
