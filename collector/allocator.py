"""Tells glibc's allocator to suit a process that handles a few large texts in several threads."""

import ctypes
from typing import Final

_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8


def configure() -> None:
    """To be called before there are threads. 64 MiB in 4 MiB spans: peak 230 instead of 289 MiB.

    Left alone, the size from which memory goes straight back to the system grows to 32 MiB with the
    first large text that is freed, and every thread keeps an arena of what it has freed since.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is None:  # musl has none, and does neither
        return
    mallopt(_MMAP_THRESHOLD, 256 * 1024)
    mallopt(_TRIM_THRESHOLD, 1024 * 1024)
    mallopt(_ARENA_MAX, 2)
