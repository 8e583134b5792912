"""The one DuckDB instance of the process: settings, attached files, cursors, deadlines.

Everything that touches DuckDB goes through here. The main database is in memory and stays empty;
hot files and segments are attached to it, segments read-only and only while they are used.
"""

import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from collector import metrics
from collector.errors import Unavailable, Unprocessable
from collector.telemetry import memory
from collector.telemetry.stillness import Stillness

# The format that DuckDB 1.4, 1.5 and 2.0 all read.
STORAGE_VERSION = "v1.4.0"
# A table of 65 columns holds a block per column before its first checkpoint: 39 MB at DuckDB's
# usual 256 KiB, 3 MB at 16 KiB, the smallest there is.
BLOCK_BYTES = 16_384
# A checkpoint writes the last row group of a table anew: with DuckDB's usual 122,880 rows that was
# three quarters of all CPU (12.5 s for 30,000 observations, much of it spilling), with 2,048 1.5 s.
ROW_GROUP_ROWS = 2_048
_NEW_FILE = (
    f"storage_version '{STORAGE_VERSION}', block_size {BLOCK_BYTES},"
    f" row_group_size {ROW_GROUP_ROWS}"
)
# What is committed to such a file lies in memory until a checkpoint writes it out.
_UNLOGGED = ", recovery_mode 'no_wal_writes'"
_IDLE_ATTACHED_MAX = 8
# What DuckDB says when memory ran out between the execution and the first row.
_LOST_RESULT = "No open result set"
_TOO_HEAVY = (
    "the query needs more {what} than it is given; ask for less, for instance with a shorter time "
    "range (fromTimestamp, fromStartTime), fewer fields or a smaller limit"
)

Params = dict[str, Any]


class OutOfMemory(Unprocessable):
    """A query that did not fit into what DuckDB may use."""


class Void(Unavailable):
    """The instance refuses everything until it is opened anew."""


class Corrupt(Unavailable):
    """A query met a damaged block."""


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What DuckDB may use."""

    memory_mib: int = 32
    threads: int = 1
    spill_bytes_max: int = 1 << 30
    deadline_seconds: float = 20.0


class Engine:
    """One instance; cursors share its attached files."""

    def __init__(self, spill_folder: Path, limits: EngineLimits) -> None:
        shutil.rmtree(spill_folder, ignore_errors=True)
        spill_folder.mkdir(parents=True, exist_ok=True)
        self._spill_folder = spill_folder
        self.limits = limits
        self._lock = threading.Lock()
        self._users: dict[str, int] = {}
        self._idle: OrderedDict[str, None] = OrderedDict()
        self._permanent: dict[str, str] = {}
        self.generation = 0
        self.stillness = Stillness()
        self._connection = self._connect()

    def _connect(self) -> duckdb.DuckDBPyConnection:
        memory.hurry_duckdb()
        return duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{self.limits.memory_mib}MiB",
                "threads": self.limits.threads,
                "temp_directory": str(self._spill_folder),
                "max_temp_directory_size": f"{self.limits.spill_bytes_max}B",
                "checkpoint_threshold": "12MiB",
                "allocator_background_threads": True,
                "write_buffer_row_group_count": 1,
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "lock_configuration": True,
            },
        )

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection for one thread."""
        return self._connection.cursor()

    def attach(self, name: str, path: Path, *, logged: bool = True) -> None:
        """Attach a file for writing, until it is detached.

        One that is not logged keeps what it had at its last checkpoint, and nothing since: for
        whoever has the rest elsewhere. It costs half the writing and no second sync.
        """
        options = _NEW_FILE if logged else _NEW_FILE + _UNLOGGED
        attachment = f"attach {_quoted(path)} as {name} ({options})"
        self._connection.execute(attachment)
        self._permanent[name] = attachment

    def detach(self, name: str) -> None:
        """Let go of a file that nobody uses; a checkpoint has written it out."""
        self._connection.execute(f"detach {name}")
        self._permanent.pop(name, None)

    def reopen(self) -> None:
        """Begin anew after a fatal error: cursors are void, files are as their logs tell."""
        with self._lock:
            self._connection.close()
            self._users.clear()
            self._idle.clear()
            self._connection = self._connect()
            for attachment in self._permanent.values():
                self._connection.execute(attachment)
            self.generation += 1
        metrics.DUCKDB_REOPENED.inc()

    def borrow(self, name: str, path: Path) -> None:
        """Keep a sealed file attached until it is given back."""
        with self._lock:
            if name not in self._users:
                if name not in self._idle:
                    self._connection.execute(f"attach {_quoted(path)} as {name} (read_only)")
                self._idle.pop(name, None)
                self._users[name] = 0
            self._users[name] += 1

    def give_back(self, name: str) -> None:
        """End a borrowing; a few idle files stay attached for the next user."""
        with self._lock:
            if name not in self._users:
                return  # the instance was opened anew meanwhile
            self._users[name] -= 1
            if self._users[name] > 0:
                return
            del self._users[name]
            self._idle[name] = None
            while len(self._idle) > _IDLE_ATTACHED_MAX:
                oldest, _ = self._idle.popitem(last=False)
                self.detach(oldest)

    def forget(self, name: str) -> None:
        """Detach a sealed file that is about to be deleted and that nobody uses."""
        with self._lock:
            if self._idle.pop(name, "absent") is None:
                self.detach(name)

    def close(self) -> None:
        """Close the instance; what is committed is in the files."""
        self._connection.close()


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def rows(
    cursor: duckdb.DuckDBPyConnection, sql: str, params: Params | None = None
) -> list[dict[str, Any]]:
    """All rows of a query by column name."""
    cursor.execute(sql, params or {})
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def is_corrupt(error: Exception) -> bool:
    """Whether a block of some file is not what was written."""
    return isinstance(error, duckdb.Error) and (
        "Corrupt database file" in str(error) or isinstance(error, duckdb.SerializationException)
    )


def is_fatal(error: Exception) -> bool:
    """Whether the instance refuses everything from now on and has to be opened anew."""
    return isinstance(error, (duckdb.FatalException, duckdb.ConnectionException)) or (
        isinstance(error, duckdb.Error) and "invalidated" in str(error)
    )


@contextmanager
def deadline(cursor: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt the cursor after so long; too slow and too large both become `Unprocessable`."""
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        raise Unprocessable(_TOO_HEAVY.format(what="time")) from error
    except duckdb.OutOfMemoryException as error:
        raise OutOfMemory(_TOO_HEAVY.format(what="memory")) from error
    except duckdb.Error as error:
        if _LOST_RESULT in str(error):
            raise OutOfMemory(_TOO_HEAVY.format(what="memory")) from error
        if is_fatal(error):
            raise Void("the trace store is being opened anew; ask again") from error
        if is_corrupt(error):
            raise Corrupt("a damaged file is being set aside; ask again") from error
        raise
    finally:
        timer.cancel()
