"""Media: content types, ids, and the references that stand for bytes in payloads (objects.md 4)."""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ID_CHARACTERS: Final = 22
REFERENCE_MARK: Final = "@@@langfuseMedia:"

_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_REFERENCE = re.compile(re.escape(REFERENCE_MARK) + r"([^@\s\"]{1,400})@@@")
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."

# Every content type that may be kept, and the extension of its objects' keys.
EXTENSIONS: Final = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "image/svg+xml": "svg",
    "image/tiff": "tiff",
    "image/bmp": "bmp",
    "image/avif": "avif",
    "image/heic": "heic",
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/oga": "oga",
    "audio/aac": "aac",
    "audio/mp4": "m4a",
    "audio/flac": "flac",
    "audio/opus": "opus",
    "audio/webm": "weba",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "video/ogg": "ogv",
    "video/mpeg": "mpeg",
    "video/quicktime": "mov",
    "video/x-msvideo": "avi",
    "video/x-matroska": "mkv",
    "text/plain": "txt",
    "text/html": "html",
    "text/css": "css",
    "text/csv": "csv",
    "text/markdown": "md",
    "text/x-python": "py",
    "text/x-typescript": "ts",
    "application/javascript": "js",
    "application/x-yaml": "yaml",
    "application/pdf": "pdf",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    _OFFICE + "spreadsheetml.sheet": "xlsx",
    _OFFICE + "wordprocessingml.document": "docx",
    _OFFICE + "presentationml.presentation": "pptx",
    "application/zip": "zip",
    "application/json": "json",
    "application/xml": "xml",
    "application/octet-stream": "bin",
    "application/rtf": "rtf",
    "application/x-ndjson": "jsonl",
    "application/vnd.apache.parquet": "parquet",
    "application/gzip": "gz",
    "application/x-tar": "tar",
    "application/x-7z-compressed": "7z",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """What stands in a payload instead of the bytes."""

    content_type: str
    media_id: str
    source: str

    def __str__(self) -> str:
        named = f"type={self.content_type}|id={self.media_id}|source={self.source}"
        return f"{REFERENCE_MARK}{named}@@@"


@dataclass(frozen=True, slots=True)
class Media:
    """One item as it was cut out of a payload. `sha256` is standard base64, as the SDKs send it."""

    media_id: str
    sha256: str
    content_type: str
    source: str
    content: bytes

    @property
    def reference(self) -> Reference:
        return Reference(self.content_type, self.media_id, self.source)


@dataclass(frozen=True, slots=True)
class MediaLink:
    """Where an item was found; the observation is empty for a field of the trace itself."""

    media_id: str
    trace_id: str
    observation_id: str
    field: str


def media_of(content: bytes, content_type: str, source: str) -> Media:
    """The item that these bytes are: equal bytes have equal ids."""
    digest = hashlib.sha256(content).digest()
    sha256 = base64.b64encode(digest).decode()
    media_id = sha256.translate(_URL_SAFE)[:ID_CHARACTERS]
    return Media(media_id, sha256, content_type, source, content)


_URL_SAFE: Final = str.maketrans("+/", "-_")


def is_media_id(text: str) -> bool:
    """Whether it has the form of an id; what has another was made by somebody else."""
    return _ID.fullmatch(text) is not None


def references(text: str) -> Iterator[tuple[Reference, int, int]]:
    """Each well-formed reference of a text and where it stands."""
    if REFERENCE_MARK not in text:
        return
    for match in _REFERENCE.finditer(text):
        reference = _reference(match[1])
        if reference is not None:
            yield reference, match.start(), match.end()


def _reference(inner: str) -> Reference | None:
    parts = {key: value for key, _, value in (part.partition("=") for part in inner.split("|"))}
    content_type, media_id = parts.get("type", ""), parts.get("id", "")
    if content_type not in EXTENSIONS or not is_media_id(media_id) or not parts.get("source"):
        return None
    return Reference(content_type, media_id, parts["source"])


def object_key(project_id: str, media_id: str, content_type: str) -> str:
    """The key of the object, without the bucket's prefix."""
    return f"{_project_segment(project_id)}/{media_id}.{EXTENSIONS[content_type]}"


_PLAIN_SEGMENT = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._=-]{0,99}")


def _project_segment(project_id: str) -> str:
    """The project's id, or a name made of it where storage would refuse its characters."""
    if _PLAIN_SEGMENT.fullmatch(project_id):
        return project_id
    named = re.sub(r"[^A-Za-z0-9_-]", "_", project_id)[:60]
    return f"{named}-{hashlib.sha256(project_id.encode('utf-8', 'replace')).hexdigest()[:16]}"
