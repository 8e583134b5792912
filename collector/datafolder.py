"""The data folder: one process owns it, and answers on a socket in it. Standard library only."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from collector.errors import UnderstudyError

SOCKET_FILE: Final = "understudy.sock"
LOCK_FILE: Final = "understudy.lock"
# The kernel's limit of a socket's path, its final zero included.
_SOCKET_PATH_BYTES_MAX: Final = 108


class DataFolderTaken(UnderstudyError):
    """Another process owns the folder."""


@contextmanager
def owned(data_dir: Path) -> Iterator[None]:
    """The folder is made if need be and nobody else's meanwhile. Raises DataFolderTaken."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(data_dir / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        message = f"cannot write to the data folder {data_dir} ({error.strerror}); "
        raise UnderstudyError(message + "give it to this user or choose another") from error
    try:
        _lock(descriptor, data_dir)
        yield
    finally:
        # The file stays: removing it would let two processes lock two files of one name.
        os.close(descriptor)


@contextmanager
def socket_address(data_dir: Path) -> Iterator[str]:
    """The control socket's path, by a detour where it is too long for the kernel."""
    path = data_dir.absolute() / SOCKET_FILE
    if len(os.fsencode(path)) < _SOCKET_PATH_BYTES_MAX:
        yield str(path)
        return
    descriptor = os.open(data_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET_FILE}"
    finally:
        os.close(descriptor)


def _lock(descriptor: int, data_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        message = (
            f"the data folder {data_dir} belongs to another process (pid {owner}); "
            "stop that one first, or choose another folder with --data"
        )
        raise DataFolderTaken(message) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
