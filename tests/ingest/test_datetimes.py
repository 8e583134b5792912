from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.datetimes import unix_ms


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("1970-01-01T00:00:00.000Z", 0),
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T23:30-00:30", 0),
        ("1970-01-01T00:00:00.1Z", 100),
        ("1970-01-01T00:00:00.1239Z", 123),
        ("1970-01-01T00:00:00.123456789012345678Z", 123),
        ("1969-12-31T23:59:59.9Z", -100),
        ("2024-02-29T00:00:00Z", 1709164800000),
        ("2026-11-20T10:00:00.123Z", 1795168800123),
    ],
)
def test_a_time_with_a_zone_is_read_in_milliseconds(text: str, expected_ms: int) -> None:
    assert unix_ms(text) == expected_ms


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not-a-date",
        "2026-11-20",
        "2026-11-20T10:00:00",
        "2026-11-20T10:00:00+0200",
        "2026-11-20T10:00:00+02",
        "2026-11-20T10:00:00z",
        "2026-11-20t10:00:00Z",
        "2026-11-20 10:00:00Z",
        "2026-02-30T10:00:00Z",
        "2025-02-29T10:00:00Z",
        "2026-13-01T10:00:00Z",
        "2026-11-20T24:00:00Z",
        "2026-11-20T10:60:00Z",
        "2026-11-20T10:00:60Z",
        "2026-11-20T10:00:00.Z",
        "2026-11-20T10:00:00+24:00",
        "1795168800123",
        "٢٠٢٦-11-20T10:00:00Z",
        "2026-11-20T10:00:00Z\n",
    ],
)
def test_anything_else_is_no_time(text: str) -> None:
    assert unix_ms(text) is None


@given(st.datetimes(min_value=datetime(1800, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_every_moment_survives_in_milliseconds(moment: datetime) -> None:
    back = unix_ms(moment.isoformat().replace("+00:00", "Z"))

    assert back is not None
    assert abs(back - moment.timestamp() * 1000) <= 1
