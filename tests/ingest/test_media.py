"""What is cut out of payloads, what stays, and that nothing else changes."""

import hashlib
import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.media import DEPTH_MAX, Cutter, marked_characters
from collector.records.change import Change
from collector.records.media import EXTENSIONS, references

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
DIGITS = b64encode(PNG).decode()
URI = f"data:image/png;base64,{DIGITS}"
MEDIA_ID = urlsafe_b64encode(hashlib.sha256(PNG).digest()).decode()[:22]


def reference(source: str = "bytes", content_type: str = "image/png") -> str:
    return f"@@@langfuseMedia:type={content_type}|id={MEDIA_ID}|source={source}@@@"


def cut(
    value: Any, field: str = "input", bytes_max: int = 1 << 20, items_max: int = 10
) -> tuple[Any, Cutter]:
    cutter = Cutter(bytes_max, items_max)
    change = Change("observation", "o", 1, fields={"trace_id": "t", field: value})
    cutter.cut([change])
    return change.fields[field], cutter


def cut_both_ways(value: Any) -> Any:
    """As JSON text and as metadata: the same must come of it."""
    text, cutter = cut(json.dumps(value))
    found, other = cut({"key": value}, "metadata")
    assert json.loads(text) == found["key"]
    assert cutter.items == other.items
    return found["key"]


OBJECTS: list[tuple[dict[str, Any], str]] = [
    ({"type": "base64", "media_type": "image/png", "data": DIGITS}, "data"),
    ({"type": "media", "mime_type": "image/png", "data": DIGITS}, "data"),
    ({"type": "blob", "mime_type": "image/png", "content": DIGITS, "modality": "image"}, "content"),
    ({"type": "file", "mediaType": "image/png", "data": DIGITS, "filename": "a.png"}, "data"),
    ({"type": "file", "mediaType": "image/png", "image": DIGITS}, "image"),
]
INLINE: list[dict[str, Any]] = [
    {outer: {inner: "image/png", "data": DIGITS}}
    for outer in ("inline_data", "inlineData")
    for inner in ("mime_type", "mimeType")
]


@pytest.mark.parametrize(("value", "key"), OBJECTS)
def test_the_bytes_of_a_provider_s_object_are_replaced(value: dict[str, Any], key: str) -> None:
    assert cut_both_ways([value]) == [{**value, key: reference()}]


@pytest.mark.parametrize("value", INLINE)
def test_inline_data_is_known_by_its_key(value: dict[str, Any]) -> None:
    (outer,) = value
    made = {outer: {**value[outer], "data": reference()}}

    assert cut_both_ways({"parts": [value]}) == {"parts": [made]}
    assert cut_both_ways({outer: [value[outer]]}) == {outer: [made[outer]]}


@pytest.mark.parametrize(
    "data",
    [
        DIGITS,
        DIGITS.rstrip("="),
        urlsafe_b64encode(PNG).decode(),
        URI,
        repr(PNG),
        "\n".join(DIGITS[at : at + 76] for at in range(0, len(DIGITS), 76)),
    ],
)
def test_bytes_come_in_several_forms(data: str) -> None:
    value = {"type": "base64", "media_type": "image/png", "data": data}

    assert cut_both_ways(value)["data"] == reference()


@pytest.mark.parametrize("content_type", EXTENSIONS)
def test_every_supported_content_type_is_cut(content_type: str) -> None:
    found, cutter = cut(f"see data:{content_type};base64,{DIGITS} here")

    assert found == f"see {reference('base64_data_uri', content_type)} here"
    assert cutter.items[MEDIA_ID].content == PNG


@pytest.mark.parametrize(
    ("uri", "content_type"),
    [
        (f"data:audio/wav;codecs=1;base64,{DIGITS}", "audio/wav"),
        (f"data:Image/PNG;base64,{DIGITS}", "image/png"),
    ],
)
def test_parameters_and_case_of_a_type_do_not_matter(uri: str, content_type: str) -> None:
    assert cut(uri)[0] == reference("base64_data_uri", content_type)


def test_escaped_slashes_of_a_json_text_are_understood() -> None:
    text = json.dumps({"url": URI, "n": 1.0, "é": "\\/"}).replace("/", "\\/")
    found = json.loads(cut(text)[0])

    assert found == {"url": reference("base64_data_uri"), "n": 1.0, "é": "\\/"}


def test_all_else_of_a_json_text_stays_as_it_was_written() -> None:
    rest = '\n { "big": 12345678901234567890, "f": 1.50,\n "u": "\\u00e9", "image": "%s" }'

    assert cut(rest % URI)[0] == rest % reference("base64_data_uri")
    value = json.dumps({"type": "base64", "media_type": "image/png", "data": "%s"}, indent=3)
    assert cut(" " + value % DIGITS)[0] == " " + value % reference()


@pytest.mark.parametrize(
    "value",
    [
        f"data:image/png;base64,{DIGITS[:-3]}=",
        f"data:application/x-unheard-of;base64,{DIGITS}",
        f"data:image/png;base64,{DIGITS.rstrip('=')}-and-more",
        "data:image/png;base64,",
        "data:image/png;base64,A",
        "data:image/png,plain",
        reference(),
    ],
)
def test_what_is_no_good_data_uri_stays(value: str) -> None:
    found, cutter = cut(value)

    assert (found, cutter.items) == (value, {})


@pytest.mark.parametrize(
    "change",
    [
        {"data": "https://example.org/a.png"},
        {"data": reference()},
        {"data": "no base64 at all!"},
        {"data": "b'\\xzz'"},
        {"data": "b'" + "\\x89" * 9},
        {"data": f"data:text/x-unheard-of;base64,{DIGITS}"},
        {"data": ""},
        {"data": 7},
        {"data": None},
        {"media_type": "image/x-unheard-of"},
        {"media_type": None},
        {"type": "text"},
        {"type": ["base64"]},
    ],
)
def test_what_is_no_good_object_stays(change: dict[str, Any]) -> None:
    value = {"type": "base64", "media_type": "image/png", "data": DIGITS, **change}

    assert cut_both_ways(value) == value


def test_deep_items_stay() -> None:
    def nested(depth: int) -> Any:
        value: Any = {"type": "base64", "media_type": "image/png", "data": DIGITS, "u": URI}
        for _ in range(depth - 1):
            value = [value]
        return value

    assert DIGITS not in cut(json.dumps(nested(DEPTH_MAX)))[0]
    assert DIGITS not in json.dumps(cut(nested(DEPTH_MAX), "metadata")[0])
    for value in (nested(DEPTH_MAX + 1), nested(DEPTH_MAX + 20)):
        assert cut(json.dumps(value))[0] == json.dumps(value)
        assert cut(value, "metadata")[0] == value


def test_a_value_that_others_hold_too_is_not_changed() -> None:
    shared = {"a": [URI], "b": {"c": 1}}
    found, _ = cut(shared, "metadata")

    assert shared == {"a": [URI], "b": {"c": 1}}
    assert found["b"] is shared["b"]


def test_each_use_is_told() -> None:
    cutter = Cutter(1 << 20, 10)
    text = json.dumps([URI, URI])
    observation = Change("observation", "o", 1, fields={"trace_id": "t", "input": text})
    trace = Change("trace", "t", 1, fields={"input": text, "metadata": {"k": URI}})
    score = Change("score", "s", 1, fields={"metadata": {"k": URI}})
    cutter.cut([observation, trace, score])
    items, links = cutter.take()

    assert [item.media_id for item in items] == [MEDIA_ID]
    assert {(link.trace_id, link.observation_id, link.field) for link in links} == {
        ("t", "o", "input"),
        ("t", "", "input"),
        ("t", "", "metadata"),
    }
    assert score.fields["metadata"] == {"k": URI}


def test_items_past_the_limits_stay_and_are_counted() -> None:
    texts = [f"data:image/png;base64,{b64encode(bytes([n]) * 90).decode()}" for n in range(5)]
    found, cutter = cut(json.dumps(texts), items_max=3)

    assert [text in found for text in texts] == [False, False, False, True, True]
    assert cutter.over_items == 2
    cutter.cut([again := Change("trace", "t", 1, fields={"input": texts[0]})])
    assert texts[0] not in again.fields["input"]

    found, cutter = cut(texts[0], bytes_max=89)
    assert (found, cutter.over_bytes, cutter.items) == (texts[0], 1, {})
    assert cut(texts[0], bytes_max=90)[0] != texts[0]


def test_plain_payloads_are_not_looked_at() -> None:
    fields = {
        "input": "data: x" * 99,
        "output": '{"type":"file"}' * 9,
        "metadata": {"a": ["b" * 30]},
    }

    assert marked_characters([Change("trace", "t", 1, fields=fields)]) == 0
    assert marked_characters([Change("trace", "t", 1, fields={"input": URI})]) == len(URI)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text() | st.just(URI),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(
        ("type", "data", "mime_type", "inline_data", "media_type")
    ), inner),
)  # fmt: skip


@given(JSON, st.booleans())
def test_text_and_metadata_agree_whatever_comes(value: Any, spaced: bool) -> None:
    text = json.dumps(value, indent=1 if spaced else None, ensure_ascii=spaced)
    found, cutter = cut(text)
    as_metadata, other = cut({"value": value}, "metadata")

    assert set(cutter.items) == set(other.items)
    assert json.loads(found) == as_metadata["value"]
    assert not cutter.items or any(references(found))


@given(st.text(alphabet='{}[]":,\\data:image/png;base64,AAAA mime_type \u00e9\ud800'))
def test_no_text_raises_or_grows(text: str) -> None:
    found, _ = cut(text)

    assert found == text or any(references(found))


@given(st.text(max_size=40), st.binary(min_size=1, max_size=200), st.text(max_size=40))
def test_bytes_come_back_as_they_were(before: str, content: bytes, after: str) -> None:
    uri = f"data:application/pdf;base64,{b64encode(content).decode()}"
    found, cutter = cut(f"{before} {uri} {after}", bytes_max=200)
    (media,) = cutter.items.values()

    assert media.content == content
    assert found == f"{before} {media.reference} {after}"
