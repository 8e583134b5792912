"""What the media folder holds and what is still to be done with it: one small SQLite file.

A row is there from the moment its bytes are until they are where they stay and the registry knows
of them, so that a reference can be resolved while PostgreSQL or the bucket are away.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.errors import Unavailable
from collector.records.media import MediaLink

_TABLES: Final = """
create table if not exists items (
    project_id text not null, media_id text not null, sha256 text not null,
    content_type text not null, content_bytes integer not null, created_ms integer not null,
    is_moved integer not null, is_recorded integer not null,
    primary key (project_id, media_id, content_type)
) without rowid;
create index if not exists items_to_move on items (created_ms) where not is_moved;
create index if not exists items_to_record on items (created_ms) where not is_recorded;
create table if not exists links (
    project_id text not null, media_id text not null, trace_id text not null,
    observation_id text not null, field text not null,
    primary key (project_id, media_id, trace_id, observation_id, field)
) without rowid;
"""
_SET_MOVED: Final = (
    "update items set is_moved = 1 where project_id = ? and media_id = ? and content_type = ?"
)
_SET_RECORDED: Final = (
    "update items set is_recorded = 1 where project_id = ? and media_id = ? and content_type = ?"
)
_DROP: Final = "delete from items where project_id = ? and media_id = ? and content_type = ?"
_WAITING: Final = (
    "select (select coalesce(sum(content_bytes), 0) from items where not is_moved), "
    "(select count(*) from items where not is_recorded) + (select count(*) from links)"
)
_COLUMNS: Final = "project_id, media_id, sha256, content_type, content_bytes, created_ms"
# PostgreSQL indexes rows of up to 2,704 bytes.
_LINK_IDS_BYTES_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Item:
    """One item of one project, without its bytes."""

    project_id: str
    media_id: str
    sha256: str
    content_type: str
    content_bytes: int
    created_ms: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Bytes that wait for the bucket, items and links that wait for the registry."""

    bytes: int
    rows: int


@dataclass(frozen=True, slots=True)
class Unrecorded:
    """What the registry does not know yet."""

    items: list[Item]
    links: list[tuple[str, MediaLink]]


class Ledger:
    """Safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self.is_new = not path.exists()
        self._connection = self._opened(path)

    def _opened(self, path: Path) -> sqlite3.Connection:
        """A damaged file is put aside: what it said is made again from the folder."""
        try:
            return _with_tables(path)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            self.is_new = True
            for damaged in list(path.parent.glob(path.name + "*")):
                damaged.replace(damaged.with_name(damaged.name + ".damaged"))
            return _with_tables(path)

    def close(self) -> None:
        """Closes the file."""
        with self._lock:
            self._connection.close()

    def add(
        self, items: Sequence[Item], links: Iterable[tuple[str, MediaLink]], *, is_moved: bool
    ) -> None:
        """Durable when this returns. What is known already changes nothing."""
        rows = [(*_row(item), is_moved, 0) for item in items]
        with self._writing() as connection:
            connection.executemany("insert or ignore into items values (?,?,?,?,?,?,?,?)", rows)
            connection.executemany(
                "insert or ignore into links values (?,?,?,?,?)", _storable(links)
            )

    def find(self, project_id: str, media_id: str) -> Item | None:
        """None when it is unknown, or there is nothing left to do for it."""
        where = "project_id = ? and media_id = ?"
        return next(iter(self._items(where, (project_id, media_id))), None)

    def to_move(self, count: int) -> list[Item]:
        """The oldest whose bytes are only here."""
        return self._items(f"not is_moved order by created_ms limit {count:d}", ())

    def waiting(self) -> Waiting:
        """What bucket and registry are behind by."""
        with self._reading() as connection:
            return Waiting(*connection.execute(_WAITING).fetchone())

    def set_moved(self, item: Item) -> None:
        """Its bytes are where they stay."""
        with self._writing() as connection:
            connection.execute(_SET_MOVED, _key(item))
            _forget_finished(connection)

    def drop(self, item: Item) -> None:
        """Its bytes are nowhere."""
        with self._writing() as connection:
            connection.execute(_DROP, _key(item))

    def unrecorded(self, count: int) -> Unrecorded:
        """The oldest items and any links that the registry does not know."""
        items = self._items(f"not is_recorded order by created_ms limit {count:d}", ())
        with self._reading() as connection:
            rows = connection.execute("select * from links limit ?", (count,)).fetchall()
        return Unrecorded(items, [(row[0], MediaLink(*row[1:])) for row in rows])

    def set_recorded(self, done: Unrecorded) -> None:
        """The registry knows these."""
        with self._writing() as connection:
            connection.executemany(_SET_RECORDED, map(_key, done.items))
            connection.executemany(
                "delete from links where project_id = ? and media_id = ? and trace_id = ? "
                "and observation_id = ? and field = ?",
                map(_link_row, done.links),
            )
            _forget_finished(connection)

    def _items(self, where: str, values: tuple[str, ...]) -> list[Item]:
        statement = f"select {_COLUMNS} from items where {where}"  # noqa: S608 -- own words only
        with self._reading() as connection:
            return [Item(*row) for row in connection.execute(statement, values)]

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                yield self._connection
        except sqlite3.Error as error:
            raise Unavailable(f"the list of media cannot be read: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction. Raises Unavailable when the disk does not take it."""
        try:
            with self._lock, self._connection as connection:
                yield connection
        except sqlite3.Error as error:
            raise Unavailable(f"the list of media cannot be written: {error}") from error


def _forget_finished(connection: sqlite3.Connection) -> None:
    connection.execute("delete from items where is_moved and is_recorded")


def _key(item: Item) -> tuple[str, str, str]:
    return (item.project_id, item.media_id, item.content_type)


def _row(item: Item) -> tuple[str, str, str, str, int, int]:
    return (
        item.project_id,
        item.media_id,
        item.sha256,
        item.content_type,
        item.content_bytes,
        item.created_ms,
    )


def _link_row(link: tuple[str, MediaLink]) -> tuple[str, str, str, str, str]:
    project_id, found = link
    return (project_id, found.media_id, found.trace_id, found.observation_id, found.field)


def _storable(
    links: Iterable[tuple[str, MediaLink]],
) -> Iterator[tuple[str, str, str, str, str]]:
    """Ids as both databases take them; a link too long for an index is left out."""
    for project_id, found in links:
        trace_id, observation_id = map(_plain, (found.trace_id, found.observation_id))
        if len((trace_id + observation_id).encode()) <= _LINK_IDS_BYTES_MAX:
            yield (project_id, found.media_id, trace_id, observation_id, found.field)


def _plain(text: str) -> str:
    """Without lone surrogates and zeros."""
    repaired = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return repaired.replace("\0", "\ufffd")


def _with_tables(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, check_same_thread=False)
    try:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = full")
        connection.executescript(_TABLES)
        path.chmod(0o600)
    except BaseException:
        connection.close()
        raise
    return connection
