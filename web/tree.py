"""A trace's observations as a tree laid out for one list: order, depth, bars, sums. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

DEPTH_SHOWN_MAX: Final = 7
_WIDTH_PERCENT_MIN: Final = 0.3


@dataclass
class Node:
    """One observation in the tree; sums include everything below it."""

    row: dict[str, Any]
    depth: int = 0
    children: list["Node"] = field(default_factory=list)
    cost_sum: float | None = None
    has_error_below: bool = False
    bar_x: float = 0.0
    bar_width: float = _WIDTH_PERCENT_MIN

    @property
    def indent(self) -> int:
        """Depth as far as the style sheet has classes for it."""
        return min(self.depth, DEPTH_SHOWN_MAX)

    @property
    def duration_ms(self) -> int | None:
        """None while the observation has no end."""
        end = self.row.get("end_ms")
        return None if end is None else int(end - self.row["start_ms"])


@dataclass(frozen=True)
class Tree:
    """`nodes` top to bottom; `total` counts those left out as well."""

    nodes: list[Node]
    total: int
    start_ms: int
    length_ms: int
    missing_parents: int


def build_tree(rows: Sequence[dict[str, Any]], shown_max: int = 500) -> Tree:
    """Shows the `shown_max` observations nearest the root."""
    by_id: dict[str, Node] = {}
    for row in rows:
        by_id.setdefault(row["id"], Node(row))
    nodes = list(by_id.values())
    roots, missing = _linked(by_id)
    ordered = _walked(roots, nodes)
    _sum_up(ordered)
    start, length = _extent(nodes)
    _draw_bars(nodes, start, length)
    return Tree(_nearest(ordered, shown_max), len(ordered), start, length, missing)


def _linked(by_id: dict[str, Node]) -> tuple[list[Node], int]:
    """Roots have no parent in the trace; the number of parents that never came."""
    roots: list[Node] = []
    missing: set[str] = set()
    for node in by_id.values():
        parent_id = node.row.get("parent_id")
        parent = by_id.get(parent_id) if parent_id else None
        if parent is None or parent is node:
            roots.append(node)
            if parent_id and parent is None:
                missing.add(parent_id)
        else:
            parent.children.append(node)
    return roots, len(missing)


def _walked(roots: list[Node], nodes: list[Node]) -> list[Node]:
    """Depth first. Nodes on a cycle hang from no root: the first of each becomes one."""
    seen: set[str] = set()
    ordered: list[Node] = []
    for root in [*roots, *nodes]:
        ordered.extend(_below(root, seen))
    return ordered


def _below(root: Node, seen: set[str]) -> Iterator[Node]:
    stack = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        if node.row["id"] in seen:
            continue
        seen.add(node.row["id"])
        node.depth = depth
        node.children = [child for child in node.children if child.row["id"] not in seen]
        yield node
        stack.extend((child, depth + 1) for child in reversed(node.children))


def _sum_up(ordered: list[Node]) -> None:
    for node in reversed(ordered):
        costs = [child.cost_sum for child in node.children] + [node.row.get("total_cost")]
        known = [cost for cost in costs if cost is not None]
        node.cost_sum = sum(known) if known else None
        node.has_error_below = any(
            child.has_error_below or child.row.get("level") == "ERROR" for child in node.children
        )


def _extent(nodes: list[Node]) -> tuple[int, int]:
    if not nodes:
        return 0, 0
    start = min(node.row["start_ms"] for node in nodes)
    end = max(node.row.get("end_ms") or node.row["start_ms"] for node in nodes)
    return start, max(0, end - start)


def _draw_bars(nodes: list[Node], start_ms: int, length_ms: int) -> None:
    scale = 100 / length_ms if length_ms else 0
    for node in nodes:
        x = min((node.row["start_ms"] - start_ms) * scale, 100 - _WIDTH_PERCENT_MIN)
        width = max((node.duration_ms or 0) * scale, _WIDTH_PERCENT_MIN)
        node.bar_x = round(x, 2)
        node.bar_width = round(min(width, 100 - x), 2)


def _nearest(ordered: list[Node], shown_max: int) -> list[Node]:
    if len(ordered) <= shown_max:
        return ordered
    nearest = sorted(ordered, key=lambda node: node.depth)[:shown_max]
    kept = {node.row["id"] for node in nearest}
    return [node for node in ordered if node.row["id"] in kept]
