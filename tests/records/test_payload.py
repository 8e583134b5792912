"""JSON text of payloads: the quick way and the sure way say the same."""

from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from collector.records.payload import _as_javascript_numbers, json_text

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**63), 2**64 - 1)
VALUES = st.recursive(
    NUMBERS | st.text() | st.from_regex(r"[0-9.e+,\]}:-]{0,20}", fullmatch=True),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_no_number_escapes_being_rewritten(value: Any) -> None:
    assert json_text(value) == orjson.dumps(_as_javascript_numbers(value)).decode()
