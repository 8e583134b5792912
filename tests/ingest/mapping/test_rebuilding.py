"""Structures out of dotted names."""

from typing import Any

import pytest

from collector.ingest.mapping.rebuilding import LIST_SLOTS_MAX, rebuilt


@pytest.mark.parametrize(
    ("values", "made"),
    [
        ({}, {}),
        ({"p": "whole", "p.0": "part"}, "whole"),
        ({"p": "", "p.0": "part"}, ["part"]),
        ({"p.0.a": 1, "p.1.b.0.c": 2, "q.0": 3}, [{"a": 1}, {"b": [{"c": 2}]}]),
        ({"p.a.b": 1, "p.c": [2]}, {"a": {"b": 1}, "c": [2]}),
        ({"p.1": "x"}, [None, "x"]),
        ({"p.0": "scalar", "p.0.a": 1}, [{"a": 1}]),
        ({"p.0": 1, "p.a": 2}, {"0": 1, "a": 2}),
        ({"p.00": 1}, []),
        ({"p.a.__proto__.b": 1, "p.constructor": 2, "p.ok": 3}, {"ok": 3}),
        ({"p.0": {"0": "a value is no branch"}}, [{"0": "a value is no branch"}]),
    ],
)
def test_names_are_paths(values: dict[str, Any], made: Any) -> None:
    assert rebuilt(values, "p") == made


def test_an_index_buys_no_more_than_the_allowed_slots() -> None:
    last = LIST_SLOTS_MAX - 1
    assert len(rebuilt({f"p.{last}": 1}, "p")) == LIST_SLOTS_MAX
    assert rebuilt({"p.0": 1, f"p.{last + 1}": 2}, "p") == [1]
    two_lists = rebuilt({"p.0.9000": 1, "p.1.9000": 2}, "p")
    assert [len(inner) for inner in two_lists] == [9001, 0]


def test_a_very_long_path_ends() -> None:
    made = rebuilt({"p." + ".".join("a" * 500): 1}, "p")
    depth = 0
    while isinstance(made, dict):
        [made] = made.values()
        depth += 1
    assert (depth, made) == (51, 1)
