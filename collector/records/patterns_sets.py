"""Sets of characters: POSIX classes, shorthands, bracket expressions."""

import unicodedata
from collections.abc import Callable
from typing import Final

from collector.records.patterns_nodes import PatternError
from collector.records.patterns_text import Cursor

Member = Callable[[str], bool]


def is_word(character: str) -> bool:
    """Letters, digits, and the low line."""
    return character.isalnum() or character == "_"


def _is_punct(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _is_graph(character: str) -> bool:
    return character.isalnum() or _is_punct(character) or unicodedata.category(character)[0] == "M"


CLASSES: Final[dict[str, Member]] = {
    "alnum": str.isalnum,
    "alpha": str.isalpha,
    "ascii": str.isascii,
    "blank": lambda c: c in " \t",
    "cntrl": lambda c: unicodedata.category(c) == "Cc",
    "digit": lambda c: c.isascii() and c.isdigit(),
    "graph": _is_graph,
    "lower": str.islower,
    "print": lambda c: _is_graph(c) or c == " ",
    "punct": _is_punct,
    "space": lambda c: c.isspace() and c not in "\x1c\x1d\x1e\x1f\x85\xa0",
    "upper": str.isupper,
    "word": is_word,
    "xdigit": lambda c: c in "0123456789abcdefABCDEF",
}
SHORTHANDS: Final = {
    "d": "digit",
    "s": "space",
    "w": "word",
    "D": "digit",
    "S": "space",
    "W": "word",
}


def one_of(first: str, last: str) -> Member:
    """Every character from the first to the last."""
    return lambda character: first <= character <= last


def read_bracket(
    cursor: Cursor, *, javascript: bool, ignores_case: bool
) -> tuple[list[Member], bool]:
    """The members of the set whose `[` was read, and whether they are left out. Reads the `]`."""
    negated = cursor.take("^")
    members: list[Member] = []
    first = True
    while first or cursor.peek() != "]":
        if javascript and first and cursor.peek() == "]":
            break
        is_hyphen = cursor.peek() == "-" and not first and cursor.peek(2) != "-]"
        if is_hyphen and not javascript:
            raise PatternError("a - in brackets has no start")
        members.append(_member(cursor, javascript=javascript, ignores_case=ignores_case))
        first = False
    cursor.next()
    return members, negated


def _member(cursor: Cursor, *, javascript: bool, ignores_case: bool) -> Member:
    if not javascript and cursor.take("[:"):
        return _class(cursor.until(":]"), ignores_case=ignores_case)
    if not javascript and cursor.take("[="):
        character = _single(cursor.until("=]"))
        return one_of(character, character)
    if cursor.peek() == "\\" and cursor.peek(2)[1:] in SHORTHANDS and cursor.peek(2)[1:]:
        cursor.next()
        return _shorthand(cursor.next())
    start = _end_of_range(cursor, javascript=javascript)
    if cursor.peek() != "-" or cursor.peek(2) == "-]":
        return one_of(start, start)
    cursor.next()
    if not javascript and cursor.peek(2) in ("[:", "[="):
        raise PatternError("a range in brackets must end with a character")
    last = _end_of_range(cursor, javascript=javascript)
    if start > last:
        raise PatternError(f"the range {start}-{last} is empty")
    return one_of(start, last)


def _end_of_range(cursor: Cursor, *, javascript: bool) -> str:
    if not javascript and cursor.take("[."):
        return _single(cursor.until(".]"))
    character = cursor.next()
    if character != "\\":
        return character
    if cursor.peek() and cursor.peek() in "123456789AmMyYZdDsSwW" and not javascript:
        _refuse_octal(cursor)
    return cursor.escaped_character()


def _refuse_octal(cursor: Cursor) -> None:
    """A back-reference has no meaning in brackets; an octal code of two digits or more has."""
    if (
        cursor.peek() not in "1234567"
        or cursor.peek(2)[1:] not in "01234567"
        or not cursor.peek(2)[1:]
    ):
        raise PatternError(f"\\{cursor.peek()} has no meaning in brackets")


def _class(name: str, *, ignores_case: bool) -> Member:
    if ignores_case and name in ("lower", "upper"):
        name = "alpha"
    if name not in CLASSES:
        raise PatternError(f"there is no class [:{name}:]")
    return CLASSES[name]


def _shorthand(letter: str) -> Member:
    member = CLASSES[SHORTHANDS[letter]]
    return (lambda character: not member(character)) if letter.isupper() else member


def _single(text: str) -> str:
    if len(text) != 1:
        raise PatternError("a collating element must be one character")
    return text
