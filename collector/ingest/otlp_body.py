"""The body of an export as it arrives: inflated piece by piece, on disk once it is large."""

import mmap
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any, Final, Self

from collector.errors import TooLarge, Unavailable
from collector.ingest.otlp_span import InvalidExport

_PIECE_BYTES: Final = 256 * 1024
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_BROKEN = "Failed to decompress request body"


class Inflater:
    """Undoes gzip (also several members) or deflate (zlib's, or bare); passes on anything else."""

    def __init__(self, encoding: str) -> None:
        name = encoding.lower()
        self._encoding = next((known for known in ("gzip", "deflate") if known in name), "")
        self._stream: Any = None

    @property
    def inflates(self) -> bool:
        return bool(self._encoding)

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What a chunk means, never much at a time. Raises InvalidExport."""
        if not self._encoding:
            yield chunk
            return
        while chunk:
            self._begin(chunk)
            try:
                piece = self._stream.decompress(chunk, _PIECE_BYTES)
            except zlib.error as error:
                raise InvalidExport(_BROKEN) from error
            yield piece
            chunk = self._stream.unconsumed_tail or self._stream.unused_data.lstrip(b"\0")

    def _begin(self, chunk: bytes) -> None:
        if self._stream is None:
            window = _GZIP_WINDOW if self._encoding == "gzip" else _deflate_window(chunk[0])
            self._stream = zlib.decompressobj(window)
        elif self._stream.eof:
            if self._encoding != "gzip":
                raise InvalidExport(_BROKEN)
            self._stream = zlib.decompressobj(_GZIP_WINDOW)

    def end(self) -> None:
        """Raises InvalidExport when the stream is cut off."""
        if self._stream is not None and not self._stream.eof:
            raise InvalidExport(_BROKEN)


def _deflate_window(first_byte: int) -> int:
    """HTTP's deflate is zlib's format; some senders leave its header out."""
    return zlib.MAX_WBITS if first_byte & 0x0F == 8 else -zlib.MAX_WBITS


class ReceivedBody:
    """Bytes so far, inflated and limited; use as a context, so that the file goes."""

    def __init__(self, inflater: Inflater, bytes_max: int, spool_bytes: int, folder: Path) -> None:
        self.inflater = inflater
        self.size = 0
        self._bytes_max = bytes_max
        self._spool_bytes = spool_bytes
        self._folder = folder
        self._file: IO[bytes] = BytesIO()
        self._mapped: mmap.mmap | None = None
        self.is_on_disk = False

    @property
    def memory_bytes(self) -> int:
        """What of it is in memory."""
        return 0 if self.is_on_disk else self.size

    @property
    def memory_bytes_max(self) -> int:
        """The most of it that will ever be in memory."""
        return self._spool_bytes

    def write(self, chunk: bytes) -> None:
        """Raises TooLarge, InvalidExport, and Unavailable when the disk takes no more."""
        for piece in self.inflater.pieces(chunk):
            self.size += len(piece)
            if self.size > self._bytes_max:
                raise TooLarge(f"the export is larger than {self._bytes_max} bytes, inflated")
            if self.size > self._spool_bytes and not self.is_on_disk:
                self._move_to_disk()
            self._put(piece)

    def _move_to_disk(self) -> None:
        held = self._file
        assert isinstance(held, BytesIO)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file = TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115 - close() does
        except OSError as error:
            raise Unavailable(f"no room for a large export: {error.strerror}") from error
        self.is_on_disk = True
        self._put(held.getvalue())

    def _put(self, piece: bytes) -> None:
        try:
            self._file.write(piece)
        except OSError as error:
            raise Unavailable(f"no room for a large export: {error.strerror}") from error

    def content(self) -> bytes | mmap.mmap:
        """Everything; a large one as a mapped file. Raises InvalidExport when it is cut off."""
        self.inflater.end()
        if isinstance(self._file, BytesIO):
            return self._file.getvalue()
        self._mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._mapped

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._mapped is not None:
            self._mapped.close()
        self._file.close()
