"""Estimates of tokens stay near what tokenizers count."""

import json

import pytest

from collector.records.tokens import COUNTED_CHARACTERS_MAX, estimated_tokens, estimated_usage

# Counts known of OpenAI's and Anthropic's tokenizers: the first two stand in Langfuse's own tests.
KNOWN = [
    ('{"key":"value"}', 5),
    ('{"key":"this is a great gpt output"}', 11),
]
PROSE = (
    "The committee met on Tuesday to discuss the proposal. Several members asked whether the cost "
    "of the new building had been estimated carefully, and the chair promised to return with "
    "figures before the end of the month."
)


@pytest.mark.parametrize(("text", "count"), KNOWN)
def test_known_texts_come_out_within_a_tenth(text: str, count: int) -> None:
    assert abs(estimated_tokens(text) - count) <= count / 10


def test_english_prose_has_four_to_five_characters_a_token() -> None:
    assert 4 < len(PROSE) / estimated_tokens(PROSE) < 5


def test_other_scripts_and_code_have_fewer() -> None:
    code = "for (let i = 0; i < n; i++) { sum += a[i] * b[i]; }"
    assert len(code) / estimated_tokens(code) < 3.5
    assert (
        len("私は毎日日本語を勉強しています。")
        / estimated_tokens("私は毎日日本語を勉強しています。")
        < 2
    )
    assert 2 < len("Съешь же ещё этих булок") / estimated_tokens("Съешь же ещё этих булок") < 3


def test_a_chat_counts_its_messages() -> None:
    chat = [{"role": "user", "content": PROSE}, {"role": "assistant", "content": PROSE}]
    assert estimated_tokens(json.dumps(chat)) == pytest.approx(
        2 * (estimated_tokens(PROSE) + 4) + 3, abs=1
    )
    with_parts = [{"role": "user", "content": [{"type": "text", "text": "a"}]}]
    assert estimated_tokens(json.dumps(with_parts)) > 0


@pytest.mark.parametrize("text", ["[{", "[{]", '[{"role":1}]', '[{"content":"x"}]'])
def test_what_looks_like_a_chat_and_is_none_counts_as_text(text: str) -> None:
    assert estimated_tokens(text) >= 1


def test_a_long_text_is_counted_by_its_beginning() -> None:
    once = estimated_tokens("word " * (COUNTED_CHARACTERS_MAX // 5))
    assert estimated_tokens("word " * (COUNTED_CHARACTERS_MAX // 5) * 3) == pytest.approx(
        3 * once, rel=0.01
    )


def test_usage_names_what_there_was() -> None:
    assert estimated_usage(None, None) == {}
    assert estimated_usage("", None) == {}
    assert estimated_usage("word", None) == {"input": 1, "total": 1}
    assert estimated_usage("word", "two words") == {"input": 1, "output": 2, "total": 3}
