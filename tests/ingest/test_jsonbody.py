import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.jsonbody import InvalidJson, parse_json

DEPTH_MAX = 200


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (rb'"\ud800"', "\ufffd"),
        (rb'"\udc00x"', "\ufffdx"),
        (rb'"\ud800\ud83c\udf0d"', "\ufffd🌍"),
        (rb'"\\ud800"', r"\ud800"),
        (rb'{"\udfff": 1}', {"\ufffd": 1}),
        (b'"a\xffb"', "a\ufffdb"),
        (rb'"a\u0000b"', "a\0b"),
        (b"1e999", None),
        (b"[-1e999]", [None]),
        (b"9" * 400, None),
        (b"123456789012345678901234567890", 1.2345678901234568e29),
        (b"9007199254740993", 9007199254740993),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_what_javascript_reads_is_read(data: bytes, expected: Any) -> None:
    assert parse_json(data, DEPTH_MAX) == expected


def test_a_huge_integer_beside_a_lone_surrogate_is_read() -> None:
    assert parse_json(rb'["\ud800", 1234567890123456789012, 7]', DEPTH_MAX) == [
        "\ufffd",
        1.2345678901234568e21,
        7,
    ]


@pytest.mark.parametrize(
    "data",
    [b"NaN", b"[Infinity]", b"-Infinity", b'{"batch": [', b"", b"{'a': 1}", b'"a\nb"', b"[1,]"],
)
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidJson):
        parse_json(data, DEPTH_MAX)


@pytest.mark.parametrize("depth", [201, 900, 10_000, 1_000_000])
def test_nesting_past_the_limit_is_refused(depth: int) -> None:
    with pytest.raises(InvalidJson):
        parse_json(nested(depth), DEPTH_MAX)


def test_deep_nesting_beside_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(InvalidJson):
        parse_json(rb'["\ud800",' + nested(10_000) + b"]", DEPTH_MAX)


def test_nesting_up_to_the_limit_is_read() -> None:
    assert json.dumps(parse_json(nested(DEPTH_MAX), DEPTH_MAX)).encode() == nested(DEPTH_MAX)


def test_a_wide_body_is_not_deep() -> None:
    wide = [{"a": [1]} for _ in range(DEPTH_MAX * 2)]

    assert parse_json(json.dumps(wide).encode(), DEPTH_MAX) == wide


def test_brackets_inside_texts_are_no_nesting() -> None:
    assert parse_json(json.dumps("[{" * 1000).encode(), DEPTH_MAX) == "[{" * 1000


@given(st.binary())
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(InvalidJson):
        json.dumps(parse_json(data, DEPTH_MAX))


@given(st.text(alphabet=st.characters(codec=None), max_size=20))
def test_no_text_keeps_a_lone_surrogate(text: str) -> None:
    as_javascript = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    assert parse_json(json.dumps(text).encode(), DEPTH_MAX) == as_javascript
