"""Row numbers hold still while somebody reads by them; what changes them waits, and goes next."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Stillness:
    """Many readers or one checkpoint: it gives rows other numbers, whatever transaction is open."""

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._readers = 0
        self._is_changing = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Between asking for row numbers and reading the rows; some milliseconds at a time."""
        with self._turn:
            while self._is_changing:
                self._turn.wait()
            self._readers += 1
        try:
            yield
        finally:
            with self._turn:
                self._readers -= 1
                self._turn.notify_all()

    @contextmanager
    def changing(self) -> Iterator[None]:
        """During a checkpoint. One thread only."""
        with self._turn:
            self._is_changing = True
            while self._readers:
                self._turn.wait()
        try:
            yield
        finally:
            with self._turn:
                self._is_changing = False
                self._turn.notify_all()
