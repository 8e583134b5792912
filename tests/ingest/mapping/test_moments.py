"""Points in time in attributes."""

from typing import Any

import pytest

from collector.ingest.mapping.moments import moment_ms

MS = 1_700_000_000_500


@pytest.mark.parametrize(
    ("value", "passed_ms"),
    [
        ("2023-11-14T22:13:20.500Z", MS),
        ('"2023-11-14T22:13:20.500999Z"', MS),
        ("2023-11-14T23:13:20.5+01:00", MS),
        ("2023-11-14T22:13:20.500", MS),
        ("2023-11-14", MS - MS % 86_400_000),
        (MS, MS),
        ("0001-01-01T00:00:00+23:59", None),
        ("soon", None),
        ("123", None),
        ("", None),
        (True, None),
        (-1, None),
        (10**20, None),
        ({"at": 1}, None),
        ("x" * 100, None),
    ],
)
def test_a_moment_is_iso_quoted_or_a_number(value: Any, passed_ms: int | None) -> None:
    assert moment_ms(value) == passed_ms
