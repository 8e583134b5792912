"""Cuts media out of changes before they are kept (contract/otel.md 15). Pure.

Data URIs are cut wherever a text has them; of the objects in which providers send media only the
value that holds the bytes is replaced, so that names and types beside it stay. What cannot be
decoded stays as it is. Texts that are JSON keep every other character.
"""

import ast
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from collector.records.change import Change
from collector.records.media import EXTENSIONS, REFERENCE_MARK, Media, MediaLink, media_of

DEPTH_MAX: Final = 10
_URI_MARK: Final = ";base64,"
# The keys that every provider's object has one of.
_OBJECT_MARKS: Final = ("mime_type", "mimeType", "media_type", "mediaType")
_BODY_MARKS: Final = tuple(mark.encode() for mark in (_URI_MARK, *_OBJECT_MARKS))
_SHORTEST: Final = len("data:a/b;base64,AA==")
_FIELDS: Final = ("input", "output", "metadata", "trace_metadata")

# What ends the digits may not be more of another alphabet: half an item would be cut.
_URI: Final = re.compile(
    r"data:([A-Za-z]{1,20}/[\w.+-]{1,100})((?:;[\w.+-]{1,40}=[\w.+-]{1,100}){0,4});base64,"
    r"([A-Za-z0-9+/]++={0,2})(?![A-Za-z0-9+/=%_-])",
    re.ASCII,
)
_TOKEN: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]:,]', re.DOTALL)
_OPENING: Final = re.compile(r"\s*[{\[]")
_BYTES_LITERAL: Final = re.compile(
    r"""b(?:'(?:[ -&(-\[\]-~]|\\(?:x[0-9a-f]{2}|[\\'"nrt]))*+'"""
    r"""|"(?:[ !#-\[\]-~]|\\(?:x[0-9a-f]{2}|[\\'"nrt]))*+")"""
)
_URL_SAFE_DIGITS: Final = str.maketrans("-_", "+/")
_INLINE: Final = frozenset({"inline_data", "inlineData"})
# `type` of the object, the key of its content type, the keys that may hold the bytes.
_SHAPES: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "base64": ("media_type", ("data",)),
    "media": ("mime_type", ("data",)),
    "blob": ("mime_type", ("content",)),
    "file": ("mediaType", ("data", "image")),
}
_BYTES_KEYS: Final = frozenset({"data", "content", "image"})
_KEYS_OF_INTEREST: Final = _BYTES_KEYS | {"type", *_OBJECT_MARKS}


@dataclass(slots=True)
class Cutter:
    """Cuts the media of one request. `items` are for the caller to keep before the changes are."""

    bytes_max: int
    items_max: int
    items: dict[str, Media] = field(default_factory=dict)
    links: dict[MediaLink, None] = field(default_factory=dict)
    over_bytes: int = 0
    over_items: int = 0
    _known: set[str] = field(default_factory=set)
    # The same text often comes twice, as the input of a span and of its trace.
    _last: tuple[str, str, list[str]] | None = None
    _found: list[str] = field(default_factory=list)

    def cut(self, changes: Sequence[Change]) -> None:
        """Replaces fields of the changes; the values that stood there are not changed."""
        for change in changes:
            if change.kind == "score":
                continue
            for name in _FIELDS:
                value = change.fields.get(name)
                if value and _marked(value, DEPTH_MAX):
                    self._cut_field(change, name, value)

    def take(self) -> tuple[list[Media], list[MediaLink]]:
        """What was cut since this was last asked; ids already taken count on for the limit."""
        taken = list(self.items.values()), list(self.links)
        self.items.clear()
        self.links.clear()
        self._last = None
        return taken

    def _cut_field(self, change: Change, name: str, value: Any) -> None:
        self._found = []
        change.fields[name] = self._field_value(value)
        side = "metadata" if name == "trace_metadata" else name
        trace_id, observation_id = change.id, ""
        if change.kind == "observation":
            trace_id, observation_id = change.fields.get("trace_id") or "", change.id
        for media_id in self._found:
            self.links[MediaLink(media_id, trace_id, observation_id, side)] = None

    def _field_value(self, value: Any) -> Any:
        if not isinstance(value, str):
            return self._value(value, 1, None)
        if self._last is not None and self._last[0] is value:
            self._found = list(self._last[2])
            return self._last[1]
        changed = self._text(value, 0)
        self._last = (value, changed, list(self._found))
        return changed

    def _value(self, value: Any, depth: int, key: str | None) -> Any:
        """The value with its media replaced, itself where there are none."""
        if isinstance(value, str):
            return self._text(value, depth) if is_marked(value) else value
        if depth > DEPTH_MAX:
            return value
        if isinstance(value, list):
            made = [self._value(item, depth + 1, key) for item in value]
            return made if any(a is not b for a, b in zip(made, value, strict=True)) else value
        if isinstance(value, dict):
            return self._object(value, depth, key)
        return value

    def _object(self, value: dict[str, Any], depth: int, key: str | None) -> dict[str, Any]:
        replaced = {}
        for name, content_type in _bytes_keys(value, key):
            reference = self._reference(value[name], content_type)
            if reference is not None:
                replaced[name] = reference
        for name, item in value.items():
            if name not in replaced:
                made = self._value(item, depth + 1, name)
                if made is not item:
                    replaced[name] = made
        return {**value, **replaced} if replaced else value

    def _text(self, text: str, depth: int) -> str:
        if _opens(text):
            parts = self._json_parts(text, depth)
            if parts is not None:
                return "".join(parts)
        return _URI.sub(self._uri, text) if _URI_MARK in text else text

    def _json_parts(self, text: str, depth: int) -> list[str] | None:
        """A JSON text in pieces, those that hold media replaced; None when it is no JSON."""
        found = _scan(text, depth)
        if found is None:
            return None
        parts: list[str] = []
        end = 0
        for token in found:
            literal = text[token.start : token.end]
            made = self._literal(literal, token.content_type)
            if made is not None:
                parts += (text[end : token.start], made)
                end = token.end
        return [*parts, text[end:]]

    def _literal(self, literal: str, content_type: str | None) -> str | None:
        """The JSON string to put in the place of another; None leaves it."""
        if content_type is not None:
            reference = self._reference(_unquoted(literal), content_type)
            if reference is not None:
                return f'"{reference}"'
        if _URI_MARK not in literal:
            return None
        if "\\/" in literal:
            plain = _unquoted(literal)
            made = _URI.sub(self._uri, plain)
            return None if made == plain else json.dumps(made, ensure_ascii=False)
        made = _URI.sub(self._uri, literal)
        return None if made == literal else made

    def _uri(self, match: re.Match[str]) -> str:
        content_type = match[1].lower()
        if content_type not in EXTENSIONS:
            return match[0]
        start, end = match.span(3)
        return self._item(match.string[start:end], content_type, "base64_data_uri") or match[0]

    def _reference(self, value: Any, content_type: str) -> str | None:
        """For the bytes of a provider's object, in whichever of three forms they are."""
        if not isinstance(value, str) or value.startswith(("http:", "https:", REFERENCE_MARK)):
            return None
        if value.startswith("data:"):
            uri = _URI.fullmatch(value)
            if uri is None or uri[1].lower() not in EXTENSIONS:
                return None
            return self._item(uri[3], uri[1].lower(), "bytes")
        return self._item(value, content_type, "bytes")

    def _item(self, encoded: str, content_type: str, source: str) -> str | None:
        """The reference of an item that was taken; None when it is left where it is."""
        # Four digits are three bytes, and a literal has up to four characters for one.
        if len(encoded) * 3 // 4 > self.bytes_max + 3 and encoded[:2] not in ("b'", 'b"'):
            self.over_bytes += 1
            return None
        content = _decoded(encoded)
        if not content:
            return None
        if len(content) > self.bytes_max:
            self.over_bytes += 1
            return None
        media = media_of(content, content_type, source)
        if media.media_id not in self._known:
            if len(self._known) >= self.items_max:
                self.over_items += 1
                return None
            self._known.add(media.media_id)
        self.items.setdefault(media.media_id, media)
        self._found.append(media.media_id)
        return str(media.reference)


def may_hold_media(body: bytes) -> bool:
    """Whether a request can bring media at all: five searches of its bytes spare looking inside.

    Who writes the letters of these words as escapes keeps its media where they are.
    """
    return any(mark in body for mark in _BODY_MARKS)


def marked_characters(changes: Sequence[Change]) -> int:
    """The size of what is worth a closer look, 0 for nearly all: substring searches, no parsing."""
    marked = {
        id(value): size
        for change in changes
        if change.kind != "score"
        for value in map(change.fields.get, _FIELDS)
        if value and (size := _marked(value, DEPTH_MAX))
    }
    return sum(marked.values())


def is_marked(text: str) -> bool:
    """Whether a text has what every data URI, or every provider's object, must have."""
    if len(text) < _SHORTEST:
        return False
    if _URI_MARK in text:
        return True
    if not _opens(text):
        return False
    first, second, third, fourth = _OBJECT_MARKS
    return first in text or second in text or third in text or fourth in text


def _opens(text: str) -> bool:
    """Whether a text begins as a JSON object or list does."""
    return text[0] in "{[" or (text[0].isspace() and _OPENING.match(text) is not None)


def _marked(value: Any, depth_left: int) -> int:
    """Characters of the marked texts in a value; an object with a provider's key is 1 at least."""
    if isinstance(value, str):
        return len(value) if is_marked(value) else 0
    if depth_left <= 0:
        return 0
    size = 0
    if isinstance(value, dict):
        size = int(any(mark in value for mark in _OBJECT_MARKS))
        value = value.values()
    elif not isinstance(value, list):
        return 0
    for item in value:
        if isinstance(item, str):
            if size or (len(item) >= _SHORTEST and is_marked(item)):
                size += len(item)
        elif isinstance(item, (dict, list)):
            size += _marked(item, depth_left - 1)
    return size


def _bytes_keys(value: dict[str, Any], key: str | None) -> Iterator[tuple[str, str]]:
    """Which keys of a provider's object hold bytes, and of what content type."""
    stated: Any = value.get("mime_type") or value.get("mimeType")
    names: tuple[str, ...] = ("data",)
    if key not in _INLINE:
        kind = value.get("type")
        shape = _SHAPES.get(kind) if isinstance(kind, str) else None
        if shape is None:
            return
        stated, names = value.get(shape[0]), shape[1]
    content_type = stated.partition(";")[0].strip().lower() if isinstance(stated, str) else ""
    if content_type in EXTENSIONS:
        yield from ((name, content_type) for name in names if isinstance(value.get(name), str))


def _decoded(text: str) -> bytes | None:
    """Base64 of either alphabet, padded or not, or a Python bytes literal."""
    if text[:2] in ("b'", 'b"'):
        return _literal_bytes(text)
    if not text.isascii():
        return None
    if "\n" in text or "\r" in text:
        text = text.replace("\r", "").replace("\n", "")
    if "-" in text or "_" in text:
        text = text.translate(_URL_SAFE_DIGITS)
    if len(text) % 4 and not text.endswith("="):
        text += "=" * (-len(text) % 4)
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None


def _literal_bytes(text: str) -> bytes | None:
    if not _BYTES_LITERAL.fullmatch(text):
        return None
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError):
        return None
    return value if isinstance(value, bytes) else None


@dataclass(slots=True)
class _Token:
    """A JSON string that may hold media; the content type is that of its object, if it is one."""

    start: int
    end: int
    content_type: str | None


@dataclass(slots=True)
class _Frame:
    """An object or list being scanned: `key` is the one its own value stands under."""

    is_object: bool
    key: str | None
    name: str | None = None
    texts: dict[str, tuple[int, int]] = field(default_factory=dict)


def _scan(text: str, depth: int) -> list[_Token] | None:
    """The strings of a JSON text that may hold media, in order; None when its brackets are off."""
    found: dict[int, _Token] = {}
    frames: list[_Frame] = []
    pending: tuple[int, int] | None = None
    for match in _TOKEN.finditer(text):
        sign = text[match.start()]
        if sign == '"':
            pending = match.span()
            _note(text, pending, frames, found, depth)
        elif sign in "{[":
            frames.append(_Frame(sign == "{", _key_of(frames)))
        elif sign in "}]":
            if not frames or frames[-1].is_object is not (sign == "}"):
                return None
            _close(text, frames, found, depth)
            if not frames and text[match.end() :].strip():
                return None
        elif frames and frames[-1].is_object:
            frame = frames[-1]
            frame.name = _name(text, pending) if sign == ":" else None
    if frames:
        return None
    return sorted(found.values(), key=lambda token: token.start)


def _key_of(frames: list[_Frame]) -> str | None:
    """A list passes on the key it stands under."""
    if not frames:
        return None
    return frames[-1].name if frames[-1].is_object else frames[-1].key


def _name(text: str, place: tuple[int, int] | None) -> str:
    return text[place[0] + 1 : place[1] - 1] if place and place[1] - place[0] < 40 else ""


def _note(
    text: str, place: tuple[int, int], frames: list[_Frame], found: dict[int, _Token], depth: int
) -> None:
    if len(frames) + depth > DEPTH_MAX:
        return
    if frames and frames[-1].is_object and frames[-1].name in _KEYS_OF_INTEREST:
        frames[-1].texts[frames[-1].name] = place
    if text.find(_URI_MARK, *place) >= 0:
        found[place[0]] = _Token(*place, None)


def _close(text: str, frames: list[_Frame], found: dict[int, _Token], depth: int) -> None:
    """At the end of an object: whether it was a provider's."""
    frame = frames.pop()
    if len(frames) + 1 + depth > DEPTH_MAX or len(frame.texts) < 2:
        return
    value: dict[str, Any] = {
        name: "" if name in _BYTES_KEYS else _unquoted(text[start : min(end, start + 200)])
        for name, (start, end) in frame.texts.items()
    }
    for name, content_type in _bytes_keys(value, frame.key):
        start, end = frame.texts[name]
        found[start] = _Token(start, end, content_type)


def _unquoted(literal: str) -> str:
    """The text that a JSON string means; the empty one where it is none."""
    if "\\" not in literal:
        return literal[1:-1] if literal.endswith('"') else ""
    try:
        value = json.loads(literal)
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""
