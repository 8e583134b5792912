"""How often one may try a password: a count per minute, kept for a bounded number of keys."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

WINDOW_SECONDS: Final = 60
KEYS_MAX: Final = 4_096


class AttemptLimit:
    """Counts attempts in fixed windows of a minute; the longest unused keys are forgotten."""

    def __init__(self, attempts_max: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._attempts_max = attempts_max
        self._clock = clock
        self._windows: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()

    def wait_seconds(self, key: Hashable) -> int:
        """Counts one attempt; 0 when it may go on, else how long to wait."""
        now = self._clock()
        start, count = self._windows.pop(key, (now, 0))
        if now - start >= WINDOW_SECONDS:
            start, count = now, 0
        self._windows[key] = (start, count + 1)
        if len(self._windows) > KEYS_MAX:
            self._windows.popitem(last=False)
        if count < self._attempts_max:
            return 0
        return max(1, round(start + WINDOW_SECONDS - now))

    def forget(self, key: Hashable) -> None:
        """After a success the count starts anew."""
        self._windows.pop(key, None)
