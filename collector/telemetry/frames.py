"""The bytes of the journal: frames that carry the changes of one request, checked one by one.

A frame is magic (4 bytes), length and CRC-32 of the payload (little-endian 32 bits each), payload.
The payload is JSON: project, origin, received time, changes. A damaged frame is passed over up to
the next magic, so that one bad sector costs one frame and not all that follow.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from collector.records.change import Change, Origin

MAGIC = b"UsJ\x01"
_HEAD = struct.Struct("<4sII")
HEAD_BYTES = _HEAD.size
_CHANGES_PER_FRAME_MAX = 500
_FRAME_BYTES_AIM = 1 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """The changes of one frame, as they were accepted."""

    project_id: str
    origin: Origin
    received_ms: int
    changes: list[Change]


def encode(
    project_id: str, origin: Origin, received_ms: int, changes: Sequence[Change]
) -> list[bytes]:
    """Frames for one request: at most 500 changes and, but for a larger one alone, 1 MiB."""
    head = [
        project_id,
        [origin.public_key, origin.sdk_name, origin.sdk_version, origin.source],
        received_ms,
    ]
    opening = _json(head)[:-1] + b",["
    frames: list[bytes] = []
    parts: list[bytes] = []
    size = 0
    for change in changes:
        part = _json([change.kind, change.id, change.time_ms, change.update, change.fields])
        if parts and (len(parts) == _CHANGES_PER_FRAME_MAX or size + len(part) > _FRAME_BYTES_AIM):
            frames.append(_frame(opening, parts))
            parts, size = [], 0
        parts.append(part)
        size += len(part)
    if parts:
        frames.append(_frame(opening, parts))
    return frames


def _frame(opening: bytes, parts: list[bytes]) -> bytes:
    payload = opening + b",".join(parts) + b"]]"
    return _HEAD.pack(MAGIC, len(payload), zlib.crc32(payload)) + payload


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # a lone surrogate or an integer past 64 bits somewhere inside
        return orjson.dumps(_storable(value))


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_storable(item) for item in value]
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**63:
        return float(value)
    return value


def decode(payload: bytes) -> Entry:
    """The entry of one checked payload."""
    project_id, origin, received_ms, changes = orjson.loads(payload)
    return Entry(project_id, Origin(*origin), received_ms, [Change(*change) for change in changes])


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a journal file: `payload` is None where the bytes are damaged."""

    payload: bytes | None
    end_offset: int


def scan(data: bytes, offset: int) -> Iterator[Frame]:
    """The whole frames of `data`, which begins at `offset` of its file, up to a cut one."""
    position = 0
    while position + HEAD_BYTES <= len(data):
        magic, length, crc = _HEAD.unpack_from(data, position)
        start, end = position + HEAD_BYTES, position + HEAD_BYTES + length
        if magic == MAGIC and end <= len(data):
            payload = data[start:end]
            if zlib.crc32(payload) == crc:
                yield Frame(payload, offset + end)
                position = end
                continue
        elif magic == MAGIC and data.find(MAGIC, position + 4) < 0:
            return
        following = data.find(MAGIC, position + 4)
        if following < 0:
            return
        yield Frame(None, offset + following)
        position = following


def frame_length(head: bytes) -> int | None:
    """The whole length in bytes of the frame that begins with `head`; None if it is no frame."""
    if len(head) < HEAD_BYTES:
        return None
    magic, length, _ = _HEAD.unpack_from(head)
    return HEAD_BYTES + int(length) if magic == MAGIC else None
