"""Inputs and outputs as chat, JSON or text."""

import json
from typing import Any

import pytest

from web.payloads import SHOWN_CHARACTERS_MAX, conversation_in, payload, preview


def shown(value: Any) -> Any:
    return payload(json.dumps(value))


def test_nothing_is_nothing() -> None:
    assert payload(None).kind == "none"


def test_plain_text_is_shown_as_it_is() -> None:
    found = payload("Hello <b>")
    assert (found.kind, found.text) == ("text", "Hello <b>")


def test_a_json_string_is_shown_without_its_quotes() -> None:
    assert payload('"two\\nlines"').text == "two\nlines"


def test_an_object_is_indented_and_keeps_its_letters() -> None:
    assert shown({"a": "ä"}).text == '{\n  "a": "ä"\n}'


def test_messages_are_a_conversation() -> None:
    found = shown([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Ho"}])
    assert [(message.role, message.text) for message in found.messages] == [
        ("user", "Hi"),
        ("assistant", "Ho"),
    ]


@pytest.mark.parametrize(
    "value",
    [{"messages": [{"role": "user", "content": "Hi"}]}, {"role": "user", "content": "Hi"}],
)
def test_a_request_and_a_single_message_are_conversations_too(value: Any) -> None:
    assert [message.text for message in shown(value).messages] == ["Hi"]


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        [1],
        [{"role": 1, "content": "x"}],
        [{"role": "user"}],
        {"messages": "text"},
        [{"role": "user", "content": "Hi"}, "stray"],
    ],
)
def test_what_is_not_a_conversation_stays_json(value: Any) -> None:
    assert shown(value).kind == "json"


def test_a_conversation_can_be_asked_for_as_json() -> None:
    text = json.dumps([{"role": "user", "content": "Hi"}])
    assert payload(text, raw=True).kind == "json"
    assert conversation_in(text)


def test_parts_of_a_message_are_joined() -> None:
    parts = [{"type": "text", "text": "Look:"}, {"type": "image_url", "image_url": {"url": "x"}}]
    text = shown([{"role": "user", "content": parts}]).messages[0].text
    assert text == 'Look:\n{"type": "image_url", "image_url": {"url": "x"}}'


@pytest.mark.parametrize(
    "call",
    [{"function": {"name": "look", "arguments": '{"a": 1}'}}, {"name": "look", "args": {"a": 1}}],
)
def test_tool_calls_are_named_with_their_arguments(call: dict[str, Any]) -> None:
    message = shown([{"role": "assistant", "content": None, "tool_calls": [call]}]).messages[0]
    assert message.calls == [("look", '{\n  "a": 1\n}')]


@pytest.mark.parametrize("calls", [[1, None, "x"], [{"function": 3}], [{"function": None}], [{}]])
def test_odd_tool_calls_never_raise(calls: list[Any]) -> None:
    assert shown([{"role": "assistant", "content": "x", "tool_calls": calls}]).kind == "chat"


def test_long_conversations_fold_their_middle() -> None:
    found = shown([{"role": "user", "content": str(n)} for n in range(6)])
    assert list(found.folded) == [1, 2, 3]
    assert not shown([{"role": "user", "content": str(n)} for n in range(3)]).folded


def test_a_long_text_is_cut_and_says_so() -> None:
    found = payload("x" * (SHOWN_CHARACTERS_MAX + 1))
    assert (found.is_cut, len(found.text), found.length) == (True, 65_536, 65_537)


def test_an_image_is_named_instead_of_spelled_out() -> None:
    image = "data:image/png;base64," + "A" * 40_000
    assert "[image/png, 30.0 KB]" in shown({"url": image}).text


@pytest.mark.parametrize(
    "stored",
    ["{broken", "[" * 9_000, "[" + "9" * 5_000 + "]", "[NaN]", '["\\ud800"]', "", "[", '"'],
)
def test_no_stored_text_raises(stored: str) -> None:
    assert payload(stored).kind in {"text", "json"}


@pytest.mark.parametrize(
    ("stored", "line"),
    [
        (None, ""),
        ("Hello", "Hello"),
        ('[{"role": "user", "content": "Is it\\ndone?"}]', "user: Is it done?"),
        ('{"messages": [{"role":"system","content":"You are', "system: You are"),
        ('{"query": "x"}', '{"query": "x"}'),
    ],
)
def test_a_preview_begins_with_words_rather_than_brackets(stored: str | None, line: str) -> None:
    assert preview(stored) == line
