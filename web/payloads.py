"""Turns a stored input or output into what a page shows: chat, JSON or text, cut at a limit. Pure.

Everything in a payload was written by strangers or by a model: it is only ever shown as text.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, Final, Literal

SHOWN_CHARACTERS_MAX: Final = 65_536
_MESSAGES_UNFOLDED_MAX: Final = 3
_DATA_ADDRESS: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+);base64,([A-Za-z0-9+/=]{200,})")
_PREVIEW: Final = re.compile(
    r'^\s*(?:\{"messages":\s*)?\[?\s*\{"role":\s*"(\w+)",\s*"content":\s*"((?:[^"\\]|\\.)*)',
    re.DOTALL,
)


@dataclass(frozen=True)
class Message:
    """One turn of a conversation."""

    role: str
    text: str
    calls: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Payload:
    """`text` is there for every kind, for the raw view and for copying."""

    kind: Literal["none", "text", "json", "chat"]
    text: str = ""
    messages: list[Message] = field(default_factory=list)
    length: int = 0
    is_cut: bool = False

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
    if len(stored) > SHOWN_CHARACTERS_MAX:
        head = stored[:SHOWN_CHARACTERS_MAX]
        return Payload("text", head, length=len(stored), is_cut=True)
    parsed = _parsed(stored)
    if not isinstance(parsed, dict | list):
        text = parsed if isinstance(parsed, str) else stored
        return Payload("text", _without_data(text), length=len(stored))
    text = _without_data(json.dumps(parsed, ensure_ascii=False, indent=2))
    messages = [] if raw else conversation(parsed)
    return Payload("chat" if messages else "json", text, messages, len(stored))


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
    return [
        Message(str(part["role"]), _content(part.get("content")), _calls(part)) for part in parsed
    ]


def _is_message(part: Any) -> bool:
    if not isinstance(part, dict) or not isinstance(part.get("role"), str):
        return False
    return isinstance(part.get("content"), str | list) or isinstance(part.get("tool_calls"), list)


def _content(content: Any) -> str:
    if content is None:
        return ""
    if isinstance(content, str):
        return _without_data(content)
    return "\n".join(_content_part(part) for part in content)


def _content_part(part: Any) -> str:
    if isinstance(part, str):
        return _without_data(part)
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        return _without_data(part["text"])
    return _without_data(json.dumps(part, ensure_ascii=False))


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
    match = _PREVIEW.match(stored)
    if match is None:
        return stored
    words = match[2].replace("\\n", " ").replace('\\"', '"').replace("\\t", " ")
    return f"{match[1]}: {words}"
