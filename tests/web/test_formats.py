"""How numbers and times read."""

import pytest

from web import formats


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (None, formats.NOTHING),
        (0, "0ms"),
        (340, "340ms"),
        (1_530, "1.53s"),
        (59_999, "1m 00s"),
        (125_000, "2m 05s"),
        (3_729_000, "1h 02m 09s"),
    ],
)
def test_a_duration_reads_as_a_person_says_it(milliseconds: float | None, text: str) -> None:
    assert formats.duration(milliseconds) == text


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (None, formats.NOTHING),
        (0, "$0.00"),
        (0.000084, "$0.000084"),
        (0.0000001, "<$0.000001"),
        (0.5, "$0.50"),
        (0.123456789, "$0.123457"),
        (1234.5, "$1,234.50"),
    ],
)
def test_a_cost_has_the_decimals_it_needs(dollars: float | None, text: str) -> None:
    assert formats.cost(dollars) == text


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ({}, formats.NOTHING),
        ({"total_tokens": 449, "input_tokens": 412, "output_tokens": 37}, "412 → 37"),
        ({"total_tokens": 1514, "input_tokens": 1204, "output_tokens": 10}, "1,204 → 10 (∑ 1,514)"),
        ({"total_tokens": 1204, "input_tokens": 0, "output_tokens": 0}, "∑ 1,204"),
    ],
)
def test_tokens_tell_the_sum_when_it_is_not_obvious(row: dict[str, int], text: str) -> None:
    assert formats.tokens(row) == text


@pytest.mark.parametrize("milliseconds", [10**18, -(10**18), 10**300])
def test_an_impossible_moment_is_a_dash(milliseconds: int) -> None:
    assert (formats.moment(milliseconds), formats.iso(milliseconds)) == (formats.NOTHING, "")


def test_a_moment_is_in_utc() -> None:
    assert formats.moment(1_763_992_800_123) == "2025-11-24 14:00:00"
    assert formats.iso(1_763_992_800_123) == "2025-11-24T14:00:00.123+00:00"


@pytest.mark.parametrize(
    ("length", "text"), [(812, "812 B"), (1_200, "1.2 KB"), (3_400_000, "3.4 MB")]
)
def test_a_size_has_its_unit(length: int, text: str) -> None:
    assert formats.data_size(length) == text


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (1, "1"), (None, "null"), (True, "true"), ([1], "[\n  1\n]")]
)
def test_a_metadata_value_reads_as_json_unless_it_is_text(value: object, text: str) -> None:
    assert formats.scalar(value) == text
