"""Turns a stored input or output into what a page shows: chat, JSON or text, cut at a limit. Pure.

Everything in a payload was written by strangers or by a model: it is only ever shown as text.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from collector.records.media import REFERENCE_MARK, Reference, references

MEDIA_SHOWN_MAX: Final = 20
# What browsers draw and nothing else: an SVG could carry scripts.
IMAGES: Final = frozenset({"image/png", "image/jpeg", "image/jpg", "image/webp", "image/gif"})
SHOWN_CHARACTERS_MAX: Final = 65_536
_MESSAGES_UNFOLDED_MAX: Final = 3
_DATA_ADDRESS: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,([A-Za-z0-9+/=]{200,})")
_PREVIEW: Final = re.compile(
    r'^\s*(?:\{"messages":\s*)?\[?\s*\{"role":\s*"(\w+)",\s*"content":\s*"((?:[^"\\]|\\.)*)',
    re.DOTALL,
)
# Also one that was cut off: previews are short.
_REFERENCE: Final = re.compile(
    re.escape(REFERENCE_MARK) + r"type=([\w.+/-]{1,80})\|[^@\s]*(?:@@@)?"
)


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: str
    text: str
    calls: list[tuple[str, str]] = field(default_factory=list)
    media: list[Reference] = field(default_factory=list)


@dataclass(frozen=True)
class Payload:
    """`text` is there for every kind, for the raw view and for copying."""

    kind: Literal["none", "text", "json", "chat"]
    text: str = ""
    messages: list[Message] = field(default_factory=list)
    length: int = 0
    is_cut: bool = False
    media: list[Reference] = field(default_factory=list)

    @property
    def folded(self) -> range:
        """Which messages of a long conversation are folded away: all but the first and last two."""
        if len(self.messages) <= _MESSAGES_UNFOLDED_MAX:
            return range(0)
        return range(1, len(self.messages) - 2)


def payload(stored: str | None, *, raw: bool = False) -> Payload:
    """What to show of a stored text; `raw` leaves conversations as JSON."""
    if stored is None:
        return Payload("none")
    media = media_in(stored)
    if len(stored) > SHOWN_CHARACTERS_MAX:
        head = stored[:SHOWN_CHARACTERS_MAX]
        return Payload("text", head, length=len(stored), is_cut=True, media=media)
    parsed = _parsed(stored)
    if not isinstance(parsed, dict | list):
        text = _without_data(parsed if isinstance(parsed, str) else stored)
        return Payload("text", _REFERENCE.sub(r"[\1]", text), length=len(stored), media=media)
    text = _without_data(json.dumps(parsed, ensure_ascii=False, indent=2))
    messages = [] if raw else conversation(parsed)
    if messages:
        return Payload("chat", text, messages, len(stored))
    return Payload("json", text, messages, len(stored), media=media)


def media_in(text: str) -> list[Reference]:
    """The media that a text refers to, each once, a few of them."""
    found: dict[str, Reference] = {}
    for reference, _, _ in references(text):
        found.setdefault(reference.media_id, reference)
        if len(found) == MEDIA_SHOWN_MAX:
            break
    return list(found.values())


def media_of_metadata(metadata: Any) -> list[Reference]:
    """The same of metadata, however deep."""
    return media_in(json.dumps(metadata, default=str, ensure_ascii=False)) if metadata else []


def _parsed(stored: str) -> Any:
    if stored[:1] not in '{["':
        return None
    try:
        return json.loads(stored)
    except (ValueError, RecursionError):
        return None


def conversation_in(stored: str | None) -> bool:
    """Whether a stored text could be shown as chat."""
    return bool(stored) and bool(conversation(_parsed(stored or "")))


def conversation(parsed: Any) -> list[Message]:
    """The messages when the value is a conversation in OpenAI's shape, else nothing."""
    if isinstance(parsed, dict):
        parsed = parsed["messages"] if isinstance(parsed.get("messages"), list) else [parsed]
    if not parsed or not all(_is_message(part) for part in parsed):
        return []
    return [_message(part) for part in parsed]


def _message(part: dict[str, Any]) -> Message:
    content = part.get("content")
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return Message(str(part["role"]), _content(content), _calls(part), media_in(text))


def _is_message(part: Any) -> bool:
    if not isinstance(part, dict) or not isinstance(part.get("role"), str):
        return False
    return isinstance(part.get("content"), str | list) or isinstance(part.get("tool_calls"), list)


def _content(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return _REFERENCE.sub(r"[\1]", _without_data(content))
    return "\n".join(filter(None, map(_content_part, content)))


def _content_part(part: Any) -> str:
    if isinstance(part, str):
        return _without_data(part)
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return _without_data(part["text"])
    text = json.dumps(part, ensure_ascii=False)
    # The message shows what it refers to.
    return "" if media_in(text) else _without_data(text)


def _calls(part: dict[str, Any]) -> list[tuple[str, str]]:
    calls = part.get("tool_calls")
    if not isinstance(calls, list):
        return []
    functions = [
        call.get("function") if isinstance(call.get("function"), dict) else call
        for call in calls
        if isinstance(call, dict)
    ]
    return [
        (str(function.get("name", "")), _arguments(function.get("arguments", function.get("args"))))
        for function in functions
        if isinstance(function, dict)
    ]


def _arguments(arguments: Any) -> str:
    parsed = _parsed(arguments) if isinstance(arguments, str) else arguments
    if parsed is None:
        return str(arguments or "")
    return json.dumps(parsed, ensure_ascii=False, indent=2)


def _without_data(text: str) -> str:
    """Base64 of an image is replaced by its type and size; the raw link still has it."""

    def named(match: re.Match[str]) -> str:
        return f"[{match[1]}, {len(match[2]) * 3 // 4 / 1_000:,.1f} KB]"

    return _DATA_ADDRESS.sub(named, text) if "base64," in text else text


def preview(stored: str | None) -> str:
    """One line for a list: of a conversation the first message rather than its brackets."""
    if not stored:
        return ""
    stored = _REFERENCE.sub(r"[\1]", stored)
    match = _PREVIEW.match(stored)
    if match is None:
        return stored
    words = match[2].replace("\\n", " ").replace('\\"', '"').replace("\\t", " ")
    return f"{match[1]}: {words}"
