"""What a prompt is, and what the references in its texts say. Pure, and without SQLAlchemy."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PRODUCTION: Final = "production"
LATEST: Final = "latest"
RESOLUTION_DEPTH_MAX: Final = 5
# Both stand in keys of indexes, and PostgreSQL takes no entry past 2,704 bytes.
NAME_CHARACTERS_MAX: Final = 500
LABEL_CHARACTERS_MAX: Final = 500
VERSION_MAX: Final = 2**31 - 1
# Copied for flushes; the newest of all projects.
KNOWN_VERSIONS_MAX: Final = 20_000

_MARK: Final = "@@@langfusePrompt:"
_END: Final = "@@@"
_VARIABLE: Final = re.compile(r"\{\{([^{}]*)\}\}")
_LINE_ENDS: Final = frozenset("\n\r\u2028\u2029")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of everything there may be; the settings say so."""

    prompts_max: int
    versions_max: int
    labels_max: int
    references_max: int
    resolved_bytes_max: int


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """A version to be made. `tags` None keeps those of the name."""

    name: str
    type: str
    body: Any
    config: Any
    labels: Sequence[str] = ()
    tags: Sequence[str] | None = None
    commit_message: str | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """One version as it is stored."""

    id: str
    project_id: str
    name: str
    version: int
    type: str
    body: Any
    config: Any
    tags: list[str]
    labels: list[str]
    commit_message: str | None
    created_by: str
    is_active: bool | None
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class Reference:
    """Another prompt's text that stands here: by version or by label."""

    name: str
    version: int | None = None
    label: str | None = None

    def __str__(self) -> str:
        wanted = f"label {self.label}" if self.version is None else f"version {self.version}"
        return f"{self.name} - {wanted}"


def references_in(body: Any) -> list[Reference]:
    """Each once, in the order in which they stand."""
    found = (reference for text in texts_of(body) for _, reference in _pieces(text))
    return list(dict.fromkeys(reference for reference in found if reference is not None))


def with_texts(body: Any, texts: Mapping[Reference, str]) -> Any:
    """The body with the text of every reference in its place."""
    if isinstance(body, str):
        return "".join(
            piece if reference is None else texts.get(reference, piece)
            for piece, reference in _pieces(body)
        )
    return [
        {**message, "content": with_texts(message["content"], texts)}
        if "content" in message
        else message
        for message in body
    ]


def length_with_texts(body: Any, texts: Mapping[Reference, str]) -> int:
    """How long `with_texts` would be, without making it."""
    return sum(
        len(piece if reference is None else texts.get(reference, piece))
        for text in texts_of(body)
        for piece, reference in _pieces(text)
    )


def texts_of(body: Any) -> Iterator[str]:
    """The text, or the content of every message."""
    if isinstance(body, str):
        yield body
    else:
        yield from (message["content"] for message in body if "content" in message)


def clashing_names(body: Any) -> list[str]:
    """What is both a variable and a placeholder of a chat prompt."""
    if isinstance(body, str):
        return []
    placeholders = dict.fromkeys(message["name"] for message in body if "content" not in message)
    variables = {name for text in texts_of(body) for name in variables_in(text)}
    return [name for name in placeholders if name in variables]


def variables_in(text: str) -> Iterator[str]:
    """The names between double braces, in their order."""
    return (match[1].strip() for match in _VARIABLE.finditer(text))


def _pieces(text: str) -> Iterator[tuple[str, Reference | None]]:
    """The text cut into references and what is between; linear, whatever stands in it."""
    done = start = 0
    while (start := text.find(_MARK, start)) >= 0:
        end = text.find(_END, start + len(_MARK))
        if end < 0:
            break
        reference = _read(text[start + len(_MARK) : end])
        if reference is None:
            start += len(_MARK)
            continue
        yield text[done:start], None
        done = end + len(_END)
        yield text[start:done], reference
        start = done
    yield text[done:], None


def _read(inner: str) -> Reference | None:
    """None for anything but a name with a version or a label: that stays text."""
    parts = inner.split("|")
    if len(parts) != 2 or _LINE_ENDS.intersection(inner):
        return None
    name_key, _, name = parts[0].partition("=")
    key, _, value = parts[1].partition("=")
    if name_key != "name" or not name or not value:
        return None
    if key == "label":
        return Reference(name, label=value)
    if key == "version" and value.isascii() and value.isdigit() and len(value) < 20:
        return Reference(name, version=int(value))
    return None
