"""Objects in an S3 bucket (SeaweedFS above all), one PUT each, never multipart."""

import hashlib
import mmap
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from collector import metrics
from collector.errors import Conflict, NotFound, Unavailable
from collector.objects.storage import CHUNK_BYTES, Listed, Stored, checked_key, digest_of
from collector.objects.whole_file import write_whole
from collector.settings import Bucket

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_RETRY: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
_TIMEOUT = timedelta(seconds=60)
_CONNECT_TIMEOUT = timedelta(seconds=5)


class S3Storage:
    """An ObjectStorage. Its bucket exists: `understudy init` makes it."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._prefix = bucket.prefix.strip("/")
        self._store = S3Store(bucket.name, **_options(bucket))

    def put(self, key: str, source: Path | bytes) -> Stored:
        stored = digest_of(source)
        path = self._path(key)
        with _faults("put", key), _readable(source) as body:
            try:
                obstore.put(
                    self._store,
                    path,
                    body,
                    mode="create",
                    use_multipart=False,
                    attributes={"sha256": stored.sha256},
                )
            except (AlreadyExistsError, PreconditionError):
                # a retry meets its own first attempt here as well
                if self._digest(path) != stored:
                    message = f"{key!r} holds other bytes already; objects are never changed"
                    raise Conflict(message) from None
        return stored

    def get(self, key: str, target: Path) -> Stored:
        with _faults("get", key):
            return write_whole(target, self._stream(self._path(key)), replace=True)

    def read(self, key: str, start: int, length: int) -> bytes:
        size = self.size(key)
        if size is None:
            raise NotFound(f"there is no object {key!r}")
        length = min(length, size - start)
        if length <= 0:
            return b""
        with _faults("read", key):
            return bytes(
                obstore.get_range(self._store, self._path(key), start=start, length=length)
            )

    def size(self, key: str) -> int | None:
        with _faults("size", key):
            try:
                return obstore.head(self._store, self._path(key))["size"]
            except FileNotFoundError:
                return None

    def list(self, prefix: str) -> Iterator[Listed]:
        folder = self._path(prefix.removesuffix("/")) if prefix else self._prefix
        cut = len(self._prefix) + 1 if self._prefix else 0
        with _faults("list", prefix):
            for page in obstore.list(self._store, folder or None):
                for found in page:
                    yield Listed(found["path"][cut:], found["size"])

    def delete(self, key: str) -> None:
        with _faults("delete", key), suppress(FileNotFoundError):
            obstore.delete(self._store, self._path(key))

    def _path(self, key: str) -> str:
        return f"{self._prefix}/{checked_key(key)}" if self._prefix else checked_key(key)

    def _stream(self, path: str) -> Iterator[bytes]:
        for chunk in obstore.get(self._store, path).stream(min_chunk_size=CHUNK_BYTES):
            yield bytes(chunk)

    def _digest(self, path: str) -> Stored:
        digest, size = hashlib.sha256(), 0
        for chunk in self._stream(path):
            digest.update(chunk)
            size += len(chunk)
        return Stored(size, digest.hexdigest())


def _options(bucket: Bucket) -> dict[str, Any]:
    client: ClientConfig = {
        "allow_http": True,
        "timeout": _TIMEOUT,
        "connect_timeout": _CONNECT_TIMEOUT,
    }
    options: dict[str, Any] = {
        "region": bucket.region,
        "virtual_hosted_style_request": not bucket.force_path_style,
        "client_options": client,
        "retry_config": _RETRY,
    }
    if bucket.endpoint:
        options["endpoint"] = bucket.endpoint.rstrip("/")
    if bucket.access_key_id:
        options["access_key_id"] = bucket.access_key_id
        options["secret_access_key"] = bucket.secret_access_key
    return options


@contextmanager
def _readable(source: Path | bytes) -> Iterator[Any]:
    """A file is mapped, not read: its pages are the kernel's to drop."""
    if isinstance(source, bytes) or source.stat().st_size == 0:
        yield source if isinstance(source, bytes) else b""
        return
    with (
        source.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
    ):
        yield mapped


@contextmanager
def _faults(verb: str, key: str) -> Iterator[None]:
    with metrics.OBJECT_DURATION.labels(verb).time():
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error):
                raise _unavailable(verb, error) from error
            raise NotFound(f"there is no object {key!r}") from None
        except (BaseError, OSError) as error:
            raise _unavailable(verb, error) from error


def _unavailable(verb: str, error: Exception) -> Unavailable:
    metrics.OBJECT_FAILURES.labels(verb).inc()
    reason = str(error).partition("\n")[0][:200]
    if "NoSuchBucket" in str(error):
        return Unavailable("the bucket does not exist; `understudy init` makes it")
    return Unavailable(f"object storage failed: {reason}")
