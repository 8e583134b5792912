"""About how many tokens a text has, when nobody said. Pure, and without any vocabulary.

The rule, in tokens per character: letters of ASCII 0.21, white space 0.3, other ASCII (digits,
punctuation, so code and JSON weigh more) 0.5, Chinese, Japanese and Korean characters 0.7, any
other character 0.4. English prose comes out at one token for 4.3 characters. A chat counts the
texts of its messages and 4 tokens more for each.
"""

from typing import Any, Final

import orjson

_LETTERS: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SPACES: Final = b" \t\r\n"
_LETTER, _SPACE, _SIGN, _WIDE, _FOREIGN = 0.21, 0.3, 0.5, 0.7, 0.4
_PER_MESSAGE: Final = 4
_REPLY: Final = 3
# A longer text is counted by its beginning; a chat that is longer is counted as a text.
COUNTED_CHARACTERS_MAX: Final = 1_000_000
# The first letters of the Korean, Chinese and Japanese scripts, and the last.
_WIDE_RANGES: Final = ((0x1100, 0x11FF), (0x2E80, 0x9FFF), (0xAC00, 0xD7FF), (0xF900, 0xFAFF))


def estimated_usage(input_text: str | None, output_text: str | None) -> dict[str, int]:
    """Usage as an SDK would have sent it; nothing when there is no text at all."""
    usage = {
        key: estimated_tokens(text)
        for key, text in (("input", input_text), ("output", output_text))
        if text is not None
    }
    total = sum(usage.values())
    return usage | {"total": total} if total else {}


def estimated_tokens(text: str) -> int:
    """At least one for anything but nothing."""
    if not text:
        return 0
    messages = _messages(text)
    if messages is None:
        return max(1, round(_weight(text)))
    return round(sum(_PER_MESSAGE + _weight(message) for message in messages)) + _REPLY


def _messages(text: str) -> list[str] | None:
    """The texts of a chat, if it is a list of nothing but messages with a text."""
    if len(text) > COUNTED_CHARACTERS_MAX or not text.startswith("[{"):
        return None
    try:
        parsed: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not all(_is_message(message) for message in parsed):
        return None
    return [message["content"] for message in parsed]


def _is_message(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("role"), str):
        return False
    return isinstance(value.get("content"), str)


def _weight(text: str) -> float:
    counted = text[:COUNTED_CHARACTERS_MAX]
    data = counted.encode("ascii", "ignore")
    letters = len(data) - len(data.translate(None, _LETTERS))
    spaces = len(data) - len(data.translate(None, _SPACES))
    weight = letters * _LETTER + spaces * _SPACE + (len(data) - letters - spaces) * _SIGN
    if len(data) != len(counted):
        weight += sum(_weight_of_foreign(ord(sign)) for sign in counted if sign > "\x7f")
    return weight * len(text) / len(counted)


def _weight_of_foreign(code: int) -> float:
    return _WIDE if any(first <= code <= last for first, last in _WIDE_RANGES) else _FOREIGN
