"""Writes a file so that it appears whole and durable, or not at all."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from collector.objects.storage import Stored


def write_whole(target: Path, chunks: Iterable[bytes], *, replace: bool) -> Stored:
    """Raises FileExistsError when the target is there and may not be replaced."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = target.with_name(f".{secrets.token_hex(8)}.incoming")
    digest = hashlib.sha256()
    size = 0
    try:
        with fresh.open("xb") as file:
            for chunk in chunks:
                digest.update(chunk)
                size += file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            fresh.replace(target)
        else:
            target.hardlink_to(fresh)
    finally:
        with suppress(FileNotFoundError):
            fresh.unlink()
    sync_folder(target.parent)
    return Stored(size, digest.hexdigest())


def sync_folder(folder: Path) -> None:
    """A new name is durable only once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
