"""Time ranges in addresses."""

import pytest

from web.ranges import read_range


def test_a_range_ends_now() -> None:
    found = read_range("24h", "all", now_ms=100_000_000)
    assert (found.from_ms, found.to_ms) == (100_000_000 - 86_400_000, 100_000_000)


def test_all_time_has_no_beginning() -> None:
    assert read_range("all", "7d").from_ms is None


@pytest.mark.parametrize("name", [None, "", "forever", "7D"])
def test_an_unknown_range_is_the_default(name: str | None) -> None:
    assert read_range(name, "7d").name == "7d"
