"""The parts of a pattern: each turns a set of states into the states behind it.

A state is a position and what the groups hold that are referred to. Sets grow no larger than the
text allows, so that nothing is tried twice; each step is counted against a limit all the same.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

STEPS_MAX: Final = 20_000

Captures = tuple[tuple[int, int, int], ...]  # number, start, end
State = tuple[int, Captures]
States = set[State]


class PatternError(ValueError):
    """No pattern, or one that is not supported; the message says why."""


class PatternTooCostly(Exception):
    """More steps than allowed: whether it matches is not known."""


@dataclass(slots=True)
class Run:
    """One text being searched."""

    text: str
    steps_left: int
    lower: str = field(init=False)

    def __post_init__(self) -> None:
        lower = self.text.lower()
        # A character whose lower case has another length would shift all positions.
        self.lower = lower if len(lower) == len(self.text) else self.text

    def spend(self, steps: int) -> None:
        self.steps_left -= steps
        if self.steps_left < 0:
            raise PatternTooCostly


class Node(Protocol):
    """One part."""

    def advance(self, run: Run, states: States) -> States:
        """The states behind it, coming from any of these."""
        ...


@dataclass(slots=True)
class Literal:
    """A text; lower-case when case does not matter."""

    text: str
    ignores_case: bool

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states))
        text, length = run.lower if self.ignores_case else run.text, len(self.text)
        return {(at + length, held) for at, held in states if text.startswith(self.text, at)}


@dataclass(slots=True)
class AnyCharacter:
    """The dot."""

    stops_at_newline: bool

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states))
        text = run.text
        return {
            (at + 1, held)
            for at, held in states
            if at < len(text) and not (self.stops_at_newline and text[at] == "\n")
        }


@dataclass(slots=True)
class OneOf:
    """A bracket expression or a shorthand."""

    members: Sequence[Callable[[str], bool]]
    ignores_case: bool
    negated: bool
    stops_at_newline: bool

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states) * len(self.members))
        text = run.text
        return {(at + 1, held) for at, held in states if at < len(text) and self._accepts(text[at])}

    def _accepts(self, character: str) -> bool:
        if self.stops_at_newline and character == "\n":
            return False
        forms = {character}
        if self.ignores_case:
            forms |= {character.lower(), character.upper()}
        is_member = any(member(form) for member in self.members for form in forms if len(form) == 1)
        return is_member != self.negated


@dataclass(slots=True)
class Chain:
    """One part after the other."""

    parts: Sequence[Node]

    def advance(self, run: Run, states: States) -> States:
        for part in self.parts:
            if not states:
                break
            states = part.advance(run, states)
        return states


@dataclass(slots=True)
class Either:
    """Any of several branches."""

    branches: Sequence[Node]

    def advance(self, run: Run, states: States) -> States:
        return set().union(*(branch.advance(run, states) for branch in self.branches))


@dataclass(slots=True)
class Repeat:
    """A part several times, without end when `most` is None."""

    body: Node
    least: int
    most: int | None

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states))
        for _ in range(self.least):
            following = self.body.advance(run, states)
            if following == states:
                break
            states = following
        reached, newest, times = set(states), states, self.least
        while newest and (self.most is None or times < self.most):
            newest = self.body.advance(run, newest) - reached
            reached |= newest
            times += 1
        return reached


@dataclass(slots=True)
class Group:
    """A part whose text may be referred to."""

    body: Node
    number: int

    def advance(self, run: Run, states: States) -> States:
        behind: States = set()
        for at, held in states:
            ends = self.body.advance(run, {(at, held)})
            run.spend(len(ends))
            for end, inner in ends:
                others = tuple(entry for entry in inner if entry[0] != self.number)
                behind.add((end, tuple(sorted((*others, (self.number, at, end))))))
        return behind


@dataclass(slots=True)
class Reference:
    """The text of a group once more."""

    number: int
    ignores_case: bool

    def advance(self, run: Run, states: States) -> States:
        text = run.lower if self.ignores_case else run.text
        behind: States = set()
        for at, held in states:
            run.spend(1 + len(held))
            for number, start, end in held:
                if number == self.number and text.startswith(text[start:end], at):
                    behind.add((at + end - start, held))
        return behind


@dataclass(slots=True)
class Start:
    """The caret."""

    at_lines: bool

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states))
        lines = self.at_lines
        return {
            state for state in states if not state[0] or (lines and run.text[state[0] - 1] == "\n")
        }


@dataclass(slots=True)
class End:
    """The dollar sign."""

    at_lines: bool

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states))
        text, lines = run.text, self.at_lines
        return {
            state for state in states if state[0] == len(text) or (lines and text[state[0]] == "\n")
        }


@dataclass(slots=True)
class WordEdge:
    """A place judged by whether word characters stand before and behind it."""

    accepts: Callable[[bool, bool], bool]

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states))
        return {state for state in states if self.accepts(*_around(run.text, state[0]))}


def _around(text: str, at: int) -> tuple[bool, bool]:
    before, behind = text[at - 1 : at] if at else "", text[at : at + 1]
    return tuple(part.isalnum() or part == "_" for part in (before, behind))  # type: ignore[return-value]


@dataclass(slots=True)
class Look:
    """What must, or must not, stand behind or before a place."""

    body: Node
    behind: bool
    negated: bool

    def advance(self, run: Run, states: States) -> States:
        run.spend(len(states))
        return {state for state in states if self._holds(run, state[0]) != self.negated}

    def _holds(self, run: Run, at: int) -> bool:
        if not self.behind:
            return bool(self.body.advance(run, {(at, ())}))
        return any(end == at for end, _ in self.body.advance(run, {(s, ()) for s in range(at + 1)}))


TEXT_START: Final = Start(at_lines=False)
TEXT_END: Final = End(at_lines=False)
WORD_START: Final = WordEdge(lambda before, behind: behind and not before)
WORD_END: Final = WordEdge(lambda before, behind: before and not behind)
WORD_EDGE: Final = WordEdge(lambda before, behind: before != behind)
NO_WORD_EDGE: Final = WordEdge(lambda before, behind: before == behind)


def literal(text: str, *, ignores_case: bool) -> Node:
    """A text as the pattern's case asks for."""
    if ignores_case and len(text.lower()) == len(text):
        return Literal(text.lower(), ignores_case=True)
    return Literal(text, ignores_case=False)


def sequence(parts: Sequence[Node]) -> Node:
    """The parts, with neighbouring texts as one."""
    joined: list[Node] = []
    for part in parts:
        together = _joined(joined[-1], part) if joined else None
        if together is None:
            joined.append(part)
        else:
            joined[-1] = together
    return joined[0] if len(joined) == 1 else Chain(tuple(joined))


def _joined(first: Node, second: Node) -> Node | None:
    if not (isinstance(first, Literal) and isinstance(second, Literal)):
        return None
    if first.ignores_case != second.ignores_case:
        return None
    return Literal(first.text + second.text, first.ignores_case)


def is_anchored(node: Node) -> bool:
    """Whether it can only begin where the text begins."""
    first = node.parts[0] if isinstance(node, Chain) and node.parts else node
    return isinstance(first, Start) and not first.at_lines


def children(node: Node) -> Iterable[Node]:
    """The parts of a part."""
    if isinstance(node, Chain):
        return node.parts
    if isinstance(node, Either):
        return node.branches
    return (node.body,) if isinstance(node, Repeat | Group | Look) else ()


def check_copies(node: Node, most: int, copies: int = 1) -> None:
    """Refuses bounds within bounds that multiply beyond measure."""
    if isinstance(node, Repeat):
        copies *= max(node.least, node.most or 1, 1)
    if copies > most:
        raise PatternError("its bounds multiply too far")
    for child in children(node):
        check_copies(child, most, copies)


def with_captures(node: Node, referenced: set[int]) -> Node:
    """The same without groups that nothing refers to: holding what they match costs states."""
    if isinstance(node, Group) and node.number not in referenced:
        return with_captures(node.body, referenced)
    if isinstance(node, Chain):
        return sequence([with_captures(part, referenced) for part in node.parts])
    if isinstance(node, Either):
        return Either([with_captures(branch, referenced) for branch in node.branches])
    if isinstance(node, Repeat | Group | Look):
        node.body = with_captures(node.body, referenced)
    return node


def alternatives(node: Node, most: int) -> list[str] | None:
    """The whole texts that an anchored pattern matches, when they are at most so many."""
    if not isinstance(node, Chain) or len(node.parts) < 2:
        return None
    first, *middle, last = node.parts
    if first != TEXT_START or last != TEXT_END:
        return None
    return _texts(Chain(middle), most)


def _texts(node: Node, most: int) -> list[str] | None:
    if isinstance(node, Literal):
        return [node.text] if node.ignores_case else None
    if isinstance(node, Repeat) and (node.least, node.most) == (0, 1):
        inner = _texts(node.body, most)
        return None if inner is None else ["", *inner]
    if isinstance(node, Either):
        parts = [_texts(branch, most) for branch in node.branches]
        found = [text for part in parts for text in part or ()]
        return None if None in parts or len(found) > most else found
    if not isinstance(node, Chain):
        return None
    texts = [""]
    for part in node.parts:
        inner = _texts(part, most)
        if inner is None or len(texts) * len(inner) > most:
            return None
        texts = [before + behind for before in texts for behind in inner]
    return texts
