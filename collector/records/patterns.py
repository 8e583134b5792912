"""Regular expressions as PostgreSQL's `~` reads them, matched in a time with a limit.

A pattern comes from a user and runs in the writer's thread, so it is not handed to a backtracking
engine: it is read here and followed over sets of positions (`patterns_nodes.py`). Supported are
PostgreSQL's advanced expressions but for collating elements of more than one character, `(?b)` and
`(?e)`. The same reader takes JavaScript's expressions, which tier conditions are written in.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from collector.records import patterns_nodes as nodes
from collector.records.patterns_nodes import Node, PatternError, PatternTooCostly
from collector.records.patterns_sets import (
    CLASSES,
    SHORTHANDS,
    Member,
    read_bracket,
)
from collector.records.patterns_text import Cursor

__all__ = [
    "PATTERN_CHARACTERS_MAX",
    "STEPS_MAX",
    "Pattern",
    "PatternError",
    "PatternTooCostly",
]

PATTERN_CHARACTERS_MAX: Final = 1_000
STEPS_MAX: Final = nodes.STEPS_MAX
_BOUND_MAX: Final = 255
_NESTING_MAX: Final = 30
_COPIES_MAX: Final = 20_000
_ALTERNATIVES_MAX: Final = 200


@dataclass(slots=True)
class _Flags:
    """What the options at the start ask for."""

    ignores_case: bool = False
    dot_stops: bool = False  # `.` and [^...] leave newlines out
    anchors_lines: bool = False  # ^ and $ match at lines
    expanded: bool = False


_OPTIONS: Final[dict[str, Callable[[_Flags], None]]] = {
    "c": lambda flags: setattr(flags, "ignores_case", False),
    "i": lambda flags: setattr(flags, "ignores_case", True),
    "n": lambda flags: _lines(flags, True, True),
    "m": lambda flags: _lines(flags, True, True),
    "p": lambda flags: _lines(flags, True, False),
    "s": lambda flags: _lines(flags, False, False),
    "w": lambda flags: _lines(flags, False, True),
    "t": lambda flags: setattr(flags, "expanded", False),
    "x": lambda flags: setattr(flags, "expanded", True),
}


def _lines(flags: _Flags, dot_stops: bool, anchors_lines: bool) -> None:
    flags.dot_stops, flags.anchors_lines = dot_stops, anchors_lines


class Pattern:
    """One expression, read. Raises PatternError when it is none."""

    def __init__(self, text: str, *, javascript: bool = False, ignores_case: bool = False) -> None:
        if len(text) > PATTERN_CHARACTERS_MAX:
            raise PatternError(f"longer than {PATTERN_CHARACTERS_MAX} characters")
        reader = _Reader(text, javascript=javascript)
        reader.flags.ignores_case = ignores_case
        self._root = reader.read()
        self._ignores_case = reader.flags.ignores_case

    def matches(self, text: str, steps_max: int = STEPS_MAX) -> bool:
        """Whether it is found anywhere in the text. Raises PatternTooCostly past the steps."""
        return self.search(text, steps_max)[0]

    def search(self, text: str, steps_max: int = STEPS_MAX) -> tuple[bool, int]:
        """As `matches`, with the steps that it took."""
        run = nodes.Run(text, steps_max)
        starts = range(1 if nodes.is_anchored(self._root) else len(text) + 1)
        found = bool(self._root.advance(run, {(start, ()) for start in starts}))
        return found, steps_max - run.steps_left

    def alternatives(self) -> list[str] | None:
        """The texts it matches, lower-case, if they are few and case does not matter; else None."""
        if not self._ignores_case:
            return None
        found = nodes.alternatives(self._root, _ALTERNATIVES_MAX)
        return None if found is None else [text for text in found if text == text.lower()]


@dataclass(slots=True)
class _Reader:
    """Recursive descent over the text, in the order in which PostgreSQL's own lexer decides."""

    text: str
    javascript: bool
    flags: _Flags = field(default_factory=_Flags)
    cursor: Cursor = field(init=False)
    groups: int = 0
    closed: set[int] = field(default_factory=set)
    referenced: set[int] = field(default_factory=set)
    depth: int = 0
    looking: int = 0

    def __post_init__(self) -> None:
        self.cursor = Cursor(self.text)

    def read(self) -> Node:
        if not self.javascript and self._directors():
            return nodes.literal(self.cursor.rest(), ignores_case=self.flags.ignores_case)
        root = self._branches()
        if not self.cursor.at_end:
            raise PatternError("there is a ) without its (")
        nodes.check_copies(root, _COPIES_MAX)
        return nodes.with_captures(root, self.referenced)

    def _directors(self) -> bool:
        """Reads what stands before the expression; True when the rest is a plain text."""
        cursor = self.cursor
        if cursor.take("***="):
            return True
        if cursor.take("***") and not cursor.take(":"):
            raise PatternError("*** must be followed by : or =")
        if not (cursor.peek(2) == "(?" and cursor.peek(3)[2:].isalpha()):
            return False
        options, closing, _ = cursor.text[cursor.at + 2 :].partition(")")
        if not closing:
            raise PatternError("the options at the start are not closed")
        cursor.at += len(options) + 3
        is_plain = False
        for option in options:
            if option == "q":
                is_plain = True
            elif option in _OPTIONS:
                _OPTIONS[option](self.flags)
            else:
                raise PatternError(f"the option {option!r} is not supported")
        return is_plain

    # -- structure ---------------------------------------------------------------------------

    def _branches(self) -> Node:
        self.depth += 1
        if self.depth > _NESTING_MAX:
            raise PatternError(f"groups are nested more than {_NESTING_MAX} deep")
        found = [self._branch()]
        while self.cursor.take("|"):
            found.append(self._branch())
        self.depth -= 1
        return found[0] if len(found) == 1 else nodes.Either(found)

    def _branch(self) -> Node:
        parts: list[Node] = []
        while True:
            self._skip()
            if self.cursor.at_end or self.cursor.peek() in "|)":
                return nodes.sequence(parts)
            node, is_constraint = self._atom()
            parts.append(node if is_constraint else self._quantified(node))

    def _skip(self) -> None:
        """Comments, and in the expanded form also white space."""
        cursor = self.cursor
        while not cursor.at_end:
            if not self.javascript and cursor.take("(?#"):
                cursor.until(")")
            elif self.flags.expanded and cursor.peek().isspace():
                cursor.next()
            elif self.flags.expanded and cursor.take("#"):
                self._skip_line()
            else:
                return

    def _skip_line(self) -> None:
        while not self.cursor.at_end and self.cursor.next() != "\n":
            continue

    def _atom(self) -> tuple[Node, bool]:
        """The next node, and whether it is a constraint, which takes no quantifier."""
        character = self.cursor.next()
        if character in "*+?" or (character == "{" and self._begins_bound()):
            raise PatternError(f"{character} has nothing to repeat")
        if character == "(":
            return self._group()
        if character == "^":
            return nodes.Start(self.flags.anchors_lines), True
        if character == "$":
            return nodes.End(self.flags.anchors_lines), True
        if character == "[":
            return self._bracket()
        if character == ".":
            return nodes.AnyCharacter(self.flags.dot_stops), False
        if character == "\\":
            return self._escape()
        return self._literal(character), False

    def _literal(self, text: str) -> Node:
        return nodes.literal(text, ignores_case=self.flags.ignores_case)

    def _begins_bound(self) -> bool:
        following = self.cursor.peek()
        return following.isascii() and following.isdigit()

    def _group(self) -> tuple[Node, bool]:
        cursor = self.cursor
        for opening, behind, negated in _LOOKS:
            if cursor.take(opening):
                self.looking += 1
                body = self._closed()
                self.looking -= 1
                return nodes.Look(body, behind=behind, negated=negated), True
        if cursor.take("?:") or self.looking:
            return self._closed(), False
        if cursor.peek() == "?":
            raise PatternError("(? must be followed by one of : = ! < #")
        self.groups += 1
        number = self.groups
        body = self._closed()
        self.closed.add(number)
        return nodes.Group(body, number), False

    def _closed(self) -> Node:
        body = self._branches()
        if not self.cursor.take(")"):
            raise PatternError("there is a ( without its )")
        return body

    def _bracket(self) -> tuple[Node, bool]:
        for text, node in (("[:<:]]", nodes.WORD_START), ("[:>:]]", nodes.WORD_END)):
            if not self.javascript and self.cursor.take(text):
                return node, True
        members, negated = read_bracket(
            self.cursor, javascript=self.javascript, ignores_case=self.flags.ignores_case
        )
        stops = negated and self.flags.dot_stops
        return nodes.OneOf(members, self.flags.ignores_case, negated, stops), False

    # -- repetition --------------------------------------------------------------------------

    def _quantified(self, node: Node) -> Node:
        self._skip()
        cursor = self.cursor
        simple = _QUANTIFIERS.get(cursor.peek())
        if simple is not None:
            cursor.next()
            least, most = simple
        elif cursor.peek() == "{" and cursor.peek(2)[1:].isdigit():
            least, most = self._bound()
        else:
            return node
        cursor.take("?")  # which of several matches is found does not matter here
        self._skip()
        following = cursor.peek()
        if following and (
            following in "*+?" or (following == "{" and cursor.peek(2)[1:].isdigit())
        ):
            raise PatternError("a quantifier follows a quantifier")
        return nodes.Repeat(node, least, most)

    def _bound(self) -> tuple[int, int | None]:
        cursor = self.cursor
        cursor.next()
        least = self._bound_number()
        most: int | None = least
        if cursor.take(","):
            most = None if cursor.peek() == "}" else self._bound_number()
        if not cursor.take("}") or (most is not None and most < least):
            raise PatternError("a bound must be {m}, {m,} or {m,n} with m up to n")
        return least, most

    def _bound_number(self) -> int:
        digits = self.cursor.digits("0123456789", 4)
        if not digits or int(digits) > _BOUND_MAX:
            raise PatternError(f"a bound is a number up to {_BOUND_MAX}")
        return int(digits)

    # -- escapes -----------------------------------------------------------------------------

    def _escape(self) -> tuple[Node, bool]:
        cursor = self.cursor
        letter = cursor.peek()
        if letter in SHORTHANDS:
            cursor.next()
            return self._shorthand(letter), False
        constraints = _JAVASCRIPT_CONSTRAINTS if self.javascript else _CONSTRAINTS
        if letter in constraints:
            cursor.next()
            return constraints[letter], True
        number = cursor.back_reference(self.groups)
        if number:
            return self._reference(number), False
        return self._literal(cursor.escaped_character()), False

    def _shorthand(self, letter: str) -> Node:
        member: Member = CLASSES[SHORTHANDS[letter]]
        return nodes.OneOf([member], False, letter.isupper(), False)

    def _reference(self, number: int) -> Node:
        if number not in self.closed or self.looking:
            raise PatternError(f"\\{number} refers to no group before it")
        self.referenced.add(number)
        return nodes.Reference(number, self.flags.ignores_case)


_LOOKS: Final = (
    ("?=", False, False),
    ("?!", False, True),
    ("?<=", True, False),
    ("?<!", True, True),
)
_QUANTIFIERS: Final[dict[str, tuple[int, int | None]]] = {
    "*": (0, None),
    "+": (1, None),
    "?": (0, 1),
}
_CONSTRAINTS: Final[dict[str, Node]] = {
    "A": nodes.TEXT_START,
    "Z": nodes.TEXT_END,
    "m": nodes.WORD_START,
    "M": nodes.WORD_END,
    "y": nodes.WORD_EDGE,
    "Y": nodes.NO_WORD_EDGE,
}
_JAVASCRIPT_CONSTRAINTS: Final[dict[str, Node]] = {"b": nodes.WORD_EDGE, "B": nodes.NO_WORD_EDGE}
