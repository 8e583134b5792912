"""Deep merge of metadata in any order of arrival: a clock per leaf (contract/ingestion.md 6.3).

The clock tree mirrors the value tree; a node without an entry has the clock of its parent.
"""

from typing import Any

Clock = tuple[int, int]
ClockTree = Any  # a clock for a whole subtree, or a dict (keys, or list indices as text) of trees


def merge_metadata(old: Any, old_clock: ClockTree, new: Any, clock: Clock) -> tuple[Any, ClockTree]:
    """Lay `new` over or under `old`: objects by key, arrays by index, scalars by clock."""
    if isinstance(old, dict) and isinstance(new, dict):
        return _merge_objects(old, old_clock, new, clock)
    if isinstance(old, list) and isinstance(new, list):
        return _merge_arrays(old, old_clock, new, clock)
    if clock >= newest(old_clock):
        return new, clock
    return old, old_clock


def _merge_objects(
    old: dict[str, Any], old_clock: ClockTree, new: dict[str, Any], clock: Clock
) -> tuple[dict[str, Any], ClockTree]:
    values = dict(old)
    clocks = _branches(old_clock, old)
    for key, value in new.items():
        if key in values:
            values[key], clocks[key] = merge_metadata(values[key], clocks[key], value, clock)
        else:
            values[key], clocks[key] = value, clock
    return values, clocks


def _merge_arrays(
    old: list[Any], old_clock: ClockTree, new: list[Any], clock: Clock
) -> tuple[list[Any], ClockTree]:
    indexed = {str(index): value for index, value in enumerate(old)}
    laid = {str(index): value for index, value in enumerate(new)}
    values, clocks = _merge_objects(indexed, old_clock, laid, clock)
    return list(values.values()), clocks


def _branches(tree: ClockTree, values: dict[str, Any]) -> dict[str, ClockTree]:
    if isinstance(tree, dict):
        return dict(tree)
    return dict.fromkeys(values, tree)


def newest(tree: ClockTree) -> Clock:
    """The latest clock in a tree; an empty tree is older than every event."""
    if isinstance(tree, dict):
        return max((newest(branch) for branch in tree.values()), default=(-1, 0))
    return (tree[0], tree[1])
