"""Columns handed to DuckDB come out as they were put in."""

from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.telemetry.columns import Columns

KINDS = {
    "text": "VARCHAR",
    "texts": "VARCHAR[]",
    "large": "BIGINT",
    "middle": "INTEGER",
    "small": "TINYINT",
    "amount": "DOUBLE",
    "flag": "BOOLEAN",
}
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ROWS = st.fixed_dictionaries(
    {
        "text": st.none() | TEXTS,
        "texts": st.none() | st.lists(TEXTS, max_size=4),
        "large": st.none() | st.integers(-(2**63), 2**63 - 1),
        "middle": st.none() | st.integers(-(2**31), 2**31 - 1),
        "small": st.none() | st.integers(-128, 127),
        "amount": st.none() | st.floats(allow_nan=False),
        "flag": st.none() | st.booleans(),
    }
)


def through_duckdb(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    given_rows = Columns({name: [row[name] for row in rows] for name in KINDS}, KINDS)
    assert given_rows is not None
    with duckdb.connect() as connection:
        shape = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
        connection.execute(f"create table kept ({shape})")
        connection.execute("insert into kept by name select * from given_rows")
        found = connection.execute("select * from kept order by rowid").fetchall()
    return [dict(zip(KINDS, row, strict=True)) for row in found]


@given(st.lists(ROWS, max_size=12))
def test_every_value_of_every_type_comes_out_as_it_went_in(rows: list[dict[str, Any]]) -> None:
    assert through_duckdb(rows) == rows


def test_columns_may_be_read_twice() -> None:
    given_rows = Columns({"text": ["a", None]}, {"text": "VARCHAR"})
    with duckdb.connect() as connection:
        for _ in range(2):
            found = connection.execute("select text from given_rows").fetchall()
            assert found == [("a",), (None,)]
    del given_rows


@pytest.mark.parametrize(("kind", "value"), [("BIGINT", "7"), ("BIGINT", 0.5), ("VARCHAR", 7)])
def test_a_value_of_another_type_is_refused(kind: str, value: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        Columns({"column": [value]}, {"column": kind})
