"""What was put into a key filter is always possible; nearly nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from collector.telemetry.keyfilter import KeyFilter

KEYS = st.lists(st.tuples(st.text(max_size=5), st.text(max_size=40)), max_size=50)


@given(KEYS, KEYS)
def test_a_key_that_was_added_is_possible(
    added: list[tuple[str, str]], others: list[tuple[str, str]]
) -> None:
    known = KeyFilter()
    known.add("observations", added)

    assert known.possible("observations", added) == added
    assert set(known.possible("observations", others)) >= set(others) & set(added)


def test_a_key_of_another_table_or_project_is_hardly_ever_possible() -> None:
    known = KeyFilter()
    known.add("observations", [("p", str(number)) for number in range(100_000)])
    strangers = [("q", str(number)) for number in range(20_000)]

    assert len(known.possible("observations", strangers)) < 20
    assert len(known.possible("traces", [("p", str(number)) for number in range(20_000)])) < 20
