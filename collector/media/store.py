"""Keeps media in the data folder and finds their bytes, be they there or in the bucket."""

import asyncio
import logging
import shutil
import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from collector import metrics
from collector.errors import Conflict, InvalidRequest, NotFound, Unavailable
from collector.media.ledger import Item, Ledger
from collector.media.threads import CarefreeThreads
from collector.objects import open_storage
from collector.objects.files import FileStorage
from collector.objects.storage import ObjectStorage, Stored, digest_of
from collector.records.media import EXTENSIONS, Media, MediaLink, is_media_id, object_key
from collector.settings import Settings

log = logging.getLogger(__name__)

# An image sent again with each turn of a chat is not stored again.
_MOVED_REMEMBERED: Final = 4_096
_BUCKET_THREADS: Final = 3
_TYPES: Final = {extension: name for name, extension in reversed(EXTENSIONS.items())}


class MediaStore:
    """Its methods block, unless they say otherwise."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.folder = settings.data_dir / "media"
        self.ledger = Ledger(self.folder / "ledger.sqlite")
        self.local = FileStorage(self.folder / "objects")
        self.has_bucket = settings.media_bucket is not None
        # A bucket that hangs must not hold the threads in which requests are written.
        self.bucket_threads = CarefreeThreads(_BUCKET_THREADS, "media-bucket")
        self.waiting = self.ledger.waiting()
        self._moved: OrderedDict[str, None] = OrderedDict()
        # File systems may stamp a little late.
        self._begun_at = time.time() - 1
        self.downloads = 0
        self.large = asyncio.Lock()

    @cached_property
    def bucket(self) -> ObjectStorage:
        """Where the bytes stay; made when first needed, for the memory of its library."""
        return open_storage(self._settings.media_bucket, self.folder / "objects")

    @property
    def bitten_limit(self) -> str | None:
        """The limit that keeps more media in their payloads now: too much waits."""
        if self.waiting.bytes > self._settings.media_waiting_bytes_max:
            return "media_waiting_bytes_max"
        if self.waiting.rows > self._settings.media_waiting_rows_max:
            return "media_waiting_rows_max"
        return None

    def keep(self, project_id: str, items: Sequence[Media], links: Sequence[MediaLink]) -> None:
        """Bytes, items and links are durable when this returns. Raises Unavailable."""
        now_ms = int(time.time() * 1000)
        self._refuse_when_full(sum(len(media.content) for media in items))
        rows = []
        for media in items:
            key = object_key(project_id, media.media_id, media.content_type)
            if key not in self._moved:
                self._write(key, media.content)
                named = (media.sha256, media.content_type, len(media.content), now_ms)
                rows.append(Item(project_id, media.media_id, *named))
        self.ledger.add(rows, [(project_id, link) for link in links], is_moved=not self.has_bucket)
        self.count_waiting()
        metrics.MEDIA_ITEMS.labels("kept").inc(len(rows))
        metrics.MEDIA_ITEMS.labels("known").inc(len(items) - len(rows))
        metrics.MEDIA_BYTES.inc(sum(row.content_bytes for row in rows))

    def _write(self, key: str, content: bytes) -> None:
        try:
            self.local.put(key, content)
        except Conflict:
            # The file has just been moved away, or it is damaged: its name is made of its bytes.
            self.local.delete(key)
            self.local.put(key, content)
        except (InvalidRequest, NotFound) as error:
            # Something of the folder's own is in the way, which is nobody's request's fault.
            raise Unavailable(f"the media folder cannot be used: {error.message}") from error

    def _refuse_when_full(self, wanted_bytes: int) -> None:
        free = shutil.disk_usage(self.folder).free
        if free - wanted_bytes < self._settings.disk_free_bytes_min:
            metrics.LIMIT_HITS.labels("disk_free_bytes_min").inc()
            raise Unavailable("the disk is full: free space on the data folder", 5)

    def count_waiting(self) -> None:
        """After something came or went."""
        self.waiting = self.ledger.waiting()
        metrics.MEDIA_WAITING.set(self.waiting.bytes)

    # -- reading -----------------------------------------------------------------------------

    def local_size(self, key: str) -> int | None:
        """The size of an object that is still, or for ever, in the folder."""
        return self.local.size(key)

    def bucket_size(self, key: str) -> int | None:
        """The size of an object of the bucket; None without a bucket. May take long."""
        return self.bucket.size(key) if self.has_bucket else None

    # -- moving ------------------------------------------------------------------------------

    def move(self, item: Item) -> None:
        """To the bucket; the local file goes once the bucket has given the same bytes back."""
        key = object_key(item.project_id, item.media_id, item.content_type)
        path = self.local.folder / key
        if not path.is_file():
            self._settle_missing(item, key)
            return
        sent = self.bucket.put(key, path)
        got = self._returned(item, key)
        if got != sent or got != digest_of(path):
            raise Unavailable(f"the bucket gave other bytes back for {key}")
        self._set_moved(item, key)
        self.local.delete(key)

    def _returned(self, item: Item, key: str) -> Stored:
        """What the bucket gives back. Raises NotFound."""
        target = self.folder / f".{item.media_id}.returned"
        try:
            return self.bucket.get(key, target)
        finally:
            target.unlink(missing_ok=True)

    def _settle_missing(self, item: Item, key: str) -> None:
        """A kill between the two last steps of a move leaves the row without its file."""
        try:
            self._returned(item, key)
        except NotFound:
            log.error("media %s are neither in the folder nor in the bucket", key)  # noqa: TRY400 -- no fault of the code
            metrics.MEDIA_FAILURES.labels("lost").inc()
            self.ledger.drop(item)
        else:
            self._set_moved(item, key)

    def _set_moved(self, item: Item, key: str) -> None:
        self.ledger.set_moved(item)
        self._moved[key] = None
        if len(self._moved) > _MOVED_REMEMBERED:
            self._moved.popitem(last=False)

    # -- life --------------------------------------------------------------------------------

    def recover(self) -> None:
        """Removes what a kill left half-written, and lists files that no row tells of.

        Without a bucket the folder is where media stay: it is only gone through when the ledger
        was lost.
        """
        for path in [*self.folder.rglob(".*.incoming"), *self.folder.glob(".*.returned")]:
            if path.stat().st_mtime < self._begun_at:
                path.unlink(missing_ok=True)
        if not self.has_bucket and not self.ledger.is_new:
            return
        for path in sorted((self.folder / "objects").glob("*/*.*")):
            item = _item_of(path)
            if item is not None and self.ledger.find(item.project_id, item.media_id) is None:
                self.ledger.add([item], [], is_moved=not self.has_bucket)
        self.count_waiting()

    def close(self) -> None:
        """A move that is under way is made good by the next run."""
        self.bucket_threads.close()
        self.ledger.close()


def _item_of(path: Path) -> Item | None:
    """What a file's name and bytes say; its project is the folder's name."""
    content_type = _TYPES.get(path.suffix.removeprefix("."))
    if content_type is None or not is_media_id(path.stem) or not path.is_file():
        return None
    stored = digest_of(path)
    sha256 = b64encode(bytes.fromhex(stored.sha256)).decode()
    created_ms = int(path.stat().st_mtime * 1000)
    return Item(path.parent.name, path.stem, sha256, content_type, stored.size, created_ms)
