"""Structures from dotted attribute names: `0.role` is the role of a list's first element."""

from collections.abc import Iterable
from typing import Any, Final

LIST_SLOTS_MAX: Final = 10_001
_SEGMENTS_MAX: Final = 50
_INDEX_DIGITS_MAX: Final = 5
_UNSAFE: Final = frozenset({"__proto__", "constructor", "prototype"})

_Node = dict[str, Any]


class _Branch(dict[str, Any]):
    """An inner node: told apart from objects that are values."""


def rebuilt(values: dict[str, Any], prefix: str) -> Any:
    """What the names under `prefix` describe; the prefix alone, if it has a truthy value, is it."""
    if values.get(prefix):
        return values[prefix]
    root = _Branch()
    for name, value in values.items():
        if name.startswith(prefix) and len(name) > len(prefix):
            _put(root, name[len(prefix) :].lstrip(".").split(".", _SEGMENTS_MAX), value)
    return _Slots().finished(root)


def _put(node: _Node, path: list[str], value: Any) -> None:
    if not _UNSAFE.isdisjoint(path):
        return
    for segment in path[:-1]:
        inner = node.get(segment)
        if not isinstance(inner, _Branch):
            inner = node[segment] = _Branch()
        node = inner
    node[path[-1]] = value


class _Slots:
    """How many list elements may still be made: an index is an allocation somebody else chose."""

    def __init__(self) -> None:
        self.left = LIST_SLOTS_MAX

    def finished(self, node: Any) -> Any:
        if not isinstance(node, _Branch):
            return node
        if node and all(_is_index(key) for key in node):
            return self._list(node)
        return {key: self.finished(inner) for key, inner in node.items()}

    def _list(self, node: _Node) -> list[Any]:
        made: list[Any] = []
        for index in sorted(map(int, _indices(node))):
            needed = index + 1 - len(made)
            if needed > self.left:
                break
            self.left -= needed
            made.extend([None] * needed)
            made[index] = self.finished(node[str(index)])
        return made


def _indices(node: _Node) -> Iterable[str]:
    return (key for key in node if str(int(key)) == key)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= _INDEX_DIGITS_MAX
