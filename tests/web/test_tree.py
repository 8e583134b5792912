"""A trace laid out as a tree."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from web.tree import build_tree


def row(identifier: str, parent: str | None = None, start: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": identifier, "parent_id": parent, "start_ms": start, "end_ms": None, **more}


def shape(*rows: dict[str, Any], shown_max: int = 500) -> list[tuple[str, int]]:
    return [(node.row["id"], node.depth) for node in build_tree(rows, shown_max).nodes]


def test_children_stand_below_their_parent_in_order() -> None:
    rows = [row("a"), row("b", "a"), row("c"), row("d", "b"), row("e", "a")]
    assert shape(*rows) == [("a", 0), ("b", 1), ("d", 2), ("e", 1), ("c", 0)]


def test_a_child_may_come_before_its_parent() -> None:
    assert shape(row("b", "a"), row("a")) == [("a", 0), ("b", 1)]


def test_a_missing_parent_makes_a_root_and_is_counted() -> None:
    tree = build_tree([row("a", "gone"), row("b", "gone"), row("c", "lost")])
    assert [node.depth for node in tree.nodes] == [0, 0, 0]
    assert tree.missing_parents == 2


def test_an_observation_that_is_its_own_parent_is_a_root() -> None:
    assert shape(row("a", "a")) == [("a", 0)]


def test_a_cycle_is_opened_at_its_first_member() -> None:
    assert shape(row("a", "c"), row("b", "a"), row("c", "b")) == [("a", 0), ("b", 1), ("c", 2)]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=20))
def test_every_observation_appears_exactly_once(pairs: list[tuple[int, int]]) -> None:
    tree = build_tree([row(str(own), str(parent)) for own, parent in pairs])
    assert sorted(node.row["id"] for node in tree.nodes) == sorted({str(own) for own, _ in pairs})


def test_a_chain_of_ten_thousand_is_no_recursion() -> None:
    rows = [row(str(n), str(n - 1) if n else None) for n in range(10_000)]
    tree = build_tree(rows, 10_000)
    assert tree.nodes[-1].depth == 9_999
    assert tree.nodes[-1].indent == 7


def test_the_nearest_to_the_root_are_shown() -> None:
    rows = [row("a"), row("b", "a"), row("c", "b"), row("d", "a")]
    assert shape(*rows, shown_max=3) == [("a", 0), ("b", 1), ("d", 1)]
    assert build_tree(rows, 3).total == 4


def test_costs_add_up_the_tree_and_unknown_stays_unknown() -> None:
    rows = [row("a"), row("b", "a", total_cost=0.5), row("c", "b", total_cost=0.25), row("d")]
    sums = {node.row["id"]: node.cost_sum for node in build_tree(rows).nodes}
    assert sums == {"a": 0.75, "b": 0.75, "c": 0.25, "d": None}


def test_an_error_marks_all_above_it() -> None:
    rows = [row("a"), row("b", "a"), row("c", "b", level="ERROR"), row("d", "a")]
    assert [node.row["id"] for node in build_tree(rows).nodes if node.has_error_below] == ["a", "b"]


def test_bars_stand_where_the_time_was_spent() -> None:
    rows = [row("a", end_ms=1_000), row("b", "a", 250), row("c", "a", 1_000)]
    rows[1]["end_ms"] = 750
    tree = build_tree(rows)
    assert (tree.start_ms, tree.length_ms) == (0, 1_000)
    assert [(node.bar_x, node.bar_width) for node in tree.nodes] == [
        (0, 100),
        (25, 50),
        (99.7, 0.3),
    ]


def test_an_end_before_its_start_draws_no_negative_bar() -> None:
    tree = build_tree([row("a", start=500, end_ms=100), row("b", start=0, end_ms=1_000)])
    assert tree.nodes[0].bar_width > 0


def test_no_observation_is_an_empty_tree() -> None:
    tree = build_tree([])
    assert (tree.nodes, tree.total, tree.length_ms) == ([], 0, 0)
