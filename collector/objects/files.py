"""Objects as files of a folder: the default, and the storage of small installations."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from collector.errors import Conflict, InvalidRequest, NotFound, Unavailable
from collector.objects.storage import CHUNK_BYTES, Listed, Stored, checked_key, digest_of
from collector.objects.whole_file import write_whole


class FileStorage:
    """An ObjectStorage; the folder is made when it is first written to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, key: str, source: Path | bytes) -> Stored:
        path = self._path(key)
        with _faults(key):
            try:
                return write_whole(path, _chunks(source), replace=False)
            except FileExistsError:
                return self._same_or_conflict(path, source)

    def get(self, key: str, target: Path) -> Stored:
        with _faults(key):
            return write_whole(target, _chunks(self._path(key)), replace=True)

    def read(self, key: str, start: int, length: int) -> bytes:
        with _faults(key), self._path(key).open("rb") as file:
            file.seek(start)
            return file.read(length)

    def size(self, key: str) -> int | None:
        with _faults(key):
            try:
                return self._path(key).stat().st_size
            except (FileNotFoundError, NotADirectoryError):
                return None

    def list(self, prefix: str) -> Iterator[Listed]:
        folder = self.folder / checked_key(prefix.removesuffix("/")) if prefix else self.folder
        with _faults(prefix):
            for parent, _folders, names in os.walk(folder):
                for name in names:
                    path = Path(parent, name)
                    if not name.startswith("."):
                        yield Listed(str(path.relative_to(self.folder)), path.stat().st_size)

    def delete(self, key: str) -> None:
        with _faults(key), suppress(FileNotFoundError, NotADirectoryError):
            self._path(key).unlink()

    def _path(self, key: str) -> Path:
        return self.folder / checked_key(key)

    @staticmethod
    def _same_or_conflict(path: Path, source: Path | bytes) -> Stored:
        if not path.is_file() or digest_of(path) != (stored := digest_of(source)):
            raise Conflict(f"{path.name} holds other bytes already; objects are never changed")
        return stored


def _chunks(source: Path | bytes) -> Iterator[bytes]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


@contextmanager
def _faults(key: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise NotFound(f"there is no object {key!r}") from None
    except (NotADirectoryError, IsADirectoryError):
        raise InvalidRequest(f"{key!r} is below or above another object's key") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise Unavailable(f"the object folder cannot be used: {reason}") from error
