"""A place in the text of a pattern, and the escapes that stand for one character."""

from dataclasses import dataclass
from typing import Final

from collector.records.patterns_nodes import PatternError

_HEX: Final = "0123456789abcdefABCDEF"
_OCTAL: Final = "01234567"
_DIGITS: Final = "0123456789"
_SIMPLE: Final = {
    "a": "\a",
    "b": "\b",
    "B": "\\",
    "e": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
# Digits at least and at most; \x takes as many as there are.
_CODES: Final = {"u": (4, 4), "U": (8, 8), "x": (1, 255)}


@dataclass(slots=True)
class Cursor:
    """Reads on from `at`."""

    text: str
    at: int = 0

    @property
    def at_end(self) -> bool:
        return self.at >= len(self.text)

    def peek(self, length: int = 1) -> str:
        """What follows, as far as there is anything."""
        return self.text[self.at : self.at + length]

    def next(self) -> str:
        """One character. Raises PatternError at the end."""
        if self.at_end:
            raise PatternError("it ends too early")
        self.at += 1
        return self.text[self.at - 1]

    def take(self, expected: str) -> bool:
        """Steps over the text if it follows."""
        if not self.text.startswith(expected, self.at):
            return False
        self.at += len(expected)
        return True

    def rest(self) -> str:
        """Everything that follows."""
        return self.text[self.at :]

    def until(self, end: str) -> str:
        """What stands before `end`, which is stepped over. Raises PatternError without one."""
        found = self.text.find(end, self.at)
        if found < 0:
            raise PatternError(f"{end} is missing")
        before = self.text[self.at : found]
        self.at = found + len(end)
        return before

    def digits(self, allowed: str, most: int) -> str:
        """As many of the allowed characters as follow, up to `most`."""
        start = self.at
        while self.at < len(self.text) and self.at - start < most and self.peek() in allowed:
            self.at += 1
        return self.text[start : self.at]

    def back_reference(self, groups: int) -> int:
        """The number of a group that follows, 0 if it is a character's octal code instead."""
        if self.peek() not in "123456789" or self.at_end:
            return 0
        start = self.at
        number = int(self.digits(_DIGITS, 255))
        if self.at - start == 1 or number <= groups:
            return number
        self.at = start
        return 0

    def escaped_character(self) -> str:
        """The character that the escape after a backslash stands for."""
        letter = self.next()
        if letter in _SIMPLE:
            return _SIMPLE[letter]
        if letter == "c":
            return chr(ord(self.next()) & 0x1F)
        if letter in _CODES:
            return self._coded(*_CODES[letter])
        if not letter.isascii():
            return letter
        if letter.isdigit():
            self.at -= 1
            return self._octal()
        if letter.isalnum():
            raise PatternError(f"there is no escape \\{letter}")
        return letter

    def _coded(self, least: int, most: int) -> str:
        digits = self.digits(_HEX, most)
        code = int(digits, 16) if len(digits) >= least else -1
        if not 0 <= code <= 0x10FFFF:
            raise PatternError("a code must have its digits and be one of a character")
        return chr(code)

    def _octal(self) -> str:
        digits = self.digits(_OCTAL, 3)
        if not digits:
            raise PatternError("an octal code has digits from 0 to 7")
        if int(digits, 8) > 0xFF:
            self.at -= 1
            digits = digits[:2]
        return chr(int(digits, 8))
