"""Deep merge of metadata in any order of arrival: a clock per leaf (contract/ingestion.md 6.3).

A clock tree mirrors a value. It is one clock where all of the value was said at once, else
`(default, floor, branches)`: `default` is the clock of keys (list indices as text) that have no
branch of their own. `floor` is when something of another kind was last said in this place: it wiped
out whatever is older, so what comes later and is older still must stay away.
"""

from typing import Any

Clock = tuple[int, int]
ClockTree = Any  # a clock or a node, either as a list once it was JSON
_Node = tuple[Clock, Clock, dict[str, ClockTree]]  # default, floor, branches

NEVER: Clock = (-1, 0)
_NESTED = (dict, list)


def merge_metadata(old: Any, old_clock: ClockTree, new: Any, clock: Clock) -> tuple[Any, ClockTree]:
    """Lay `new` over or under `old`: objects by key, arrays by index, scalars by clock."""
    if not isinstance(old, _NESTED) and not isinstance(new, _NESTED):
        return (new, clock) if clock >= newest(old_clock) else (old, old_clock)
    if isinstance(old, dict) and isinstance(new, dict):
        return _merge_objects(old, _node(old_clock), new, clock)
    if isinstance(old, list) and isinstance(new, list):
        values, tree = _merge_objects(_by_index(old), _node(old_clock), _by_index(new), clock)
        return list(values.values()), tree
    latest = newest(old_clock)
    if clock >= latest:
        return new, (clock, latest, {}) if isinstance(new, _NESTED) else clock
    if isinstance(old, _NESTED):
        return _without_older(old, old_clock, clock)
    return old, old_clock


def newest(tree: ClockTree) -> Clock:
    """The latest clock in a tree."""
    if len(tree) == 2:
        return tree[0], tree[1]
    default, _, branches = _node(tree)
    return max((default, *map(newest, branches.values())))


def _node(tree: ClockTree) -> _Node:
    if len(tree) == 2:
        return (tree[0], tree[1]), NEVER, {}
    default, floor, branches = tree
    return (default[0], default[1]), (floor[0], floor[1]), branches


def _by_index(values: list[Any]) -> dict[str, Any]:
    return {str(index): value for index, value in enumerate(values)}


def _merge_objects(
    old: dict[str, Any], node: _Node, new: dict[str, Any], clock: Clock
) -> tuple[dict[str, Any], ClockTree]:
    default, floor, branches = node
    if clock < floor:
        return old, node
    if not new:
        return old, _touched(old, node, clock)
    values, branches = dict(old), dict(branches)
    for key, value in new.items():
        if key in values:
            known = branches.get(key, default)
            values[key], branches[key] = merge_metadata(values[key], known, value, clock)
        else:
            values[key], branches[key] = value, clock
    return values, (default, floor, branches)


def _touched(values: dict[str, Any], node: _Node, clock: Clock) -> _Node:
    """The tree once an empty object or array was said: it names no key, and counts all the same."""
    if clock <= newest(node):
        return node
    default, floor, branches = node
    return clock, floor, {key: branches.get(key, default) for key in values}


def _without_older(old: Any, tree: ClockTree, floor: Clock) -> tuple[Any, ClockTree]:
    """What is left of an object or array when something else was said there at `floor`."""
    default, known_floor, branches = _node(tree)
    if floor <= known_floor:
        return old, tree
    left, left_branches = {}, {}
    for key, value in (_by_index(old) if isinstance(old, list) else old).items():
        known = branches.get(key, default)
        if newest(known) < floor:
            continue
        is_nested = isinstance(value, _NESTED)
        left[key], left_branches[key] = (
            _without_older(value, known, floor) if is_nested else (value, known)
        )
    kept = list(left.values()) if isinstance(old, list) else left
    return kept, (default, floor, left_branches)
