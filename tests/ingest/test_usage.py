from typing import Any

import pytest

from collector.ingest.events import read_event
from collector.ingest.issues import Issue


def read(**body: Any) -> dict[str, Any]:
    """What one generation says, by field."""
    event = {
        "id": "e",
        "type": "generation-create",
        "timestamp": "2026-11-20T10:00:00Z",
        "body": {"id": "g", **body},
    }
    issues: list[Issue] = []
    read_one = read_event(event, issues)
    assert read_one is not None, issues
    assert read_one.change is not None
    return read_one.change.fields


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        (
            {"input": 1, "output": 2, "total": 3, "unit": "TOKENS"},
            {"input": 1, "output": 2, "total": 3},
        ),
        ({"input": 4, "output": 6}, {"input": 4, "output": 6, "total": 10}),
        ({"input": 9}, {"input": 9, "total": 9}),
        ({"output": 9}, {"output": 9, "total": 9}),
        ({"input": 5, "output": 0}, {"input": 5, "output": 0, "total": 5}),
        ({"input": 3.0}, {"input": 3, "total": 3}),
        ({"total": 7}, {"total": 7}),
        ({"promptTokens": 5, "completionTokens": 6}, {"input": 5, "output": 6, "total": 11}),
        ({"promptTokens": 5, "totalTokens": 9}, {"input": 5, "total": 9}),
        ({"totalTokens": 9}, {"total": 9}),
        ({"promptTokens": 7, "inputCost": 5, "input": 99}, {"input": 7, "total": 7}),
        # Negative counts go once events are merged.
        ({"input": 4, "output": -7, "total": -3}, {"input": 4, "output": -7, "total": -3}),
    ],
)
def test_the_old_usage_object_becomes_counts_by_type(
    usage: dict[str, Any], expected: dict[str, int]
) -> None:
    assert read(usage=usage)["usage"] == expected


@pytest.mark.parametrize(
    "body",
    [
        {"usage": {}},
        {"usage": None, "usageDetails": None, "costDetails": None},
        {"usage": {"promptTokens": None}},
        {"usageDetails": {}, "costDetails": {}},
        {"usageDetails": {"a": 1.5, "b": "x"}, "costDetails": {"a": "1", "b": -1, "c": True}},
    ],
)
def test_usage_that_says_nothing_leaves_the_fields_out(body: dict[str, Any]) -> None:
    assert not {"usage", "cost"} & read(**body).keys()


def test_details_win_key_by_key_and_stop_the_sum() -> None:
    fields = read(usage={"input": 1, "output": 2}, usageDetails={"input": 9, "cached": 1})

    assert fields["usage"] == {"input": 9, "output": 2, "cached": 1}


def test_a_given_total_stays_beside_details() -> None:
    fields = read(usage={"input": 1, "output": 2, "total": 3}, usageDetails={"cached": 1})

    assert fields["usage"] == {"input": 1, "output": 2, "total": 3, "cached": 1}


def test_openai_chat_usage_moves_details_out_of_the_sums() -> None:
    fields = read(
        usageDetails={
            "prompt_tokens": 120,
            "completion_tokens": 45,
            "total_tokens": 165,
            "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 6, "none": None},
            "completion_tokens_details": {"reasoning_tokens": 30},
        }
    )

    assert fields["usage"] == {
        "input": 50,
        "output": 15,
        "total": 165,
        "input_cached_tokens": 64,
        "input_audio_tokens": 6,
        "output_reasoning_tokens": 30,
    }


def test_openai_responses_usage_never_falls_below_zero() -> None:
    fields = read(
        usageDetails={
            "input_tokens": 5,
            "output_tokens": 6,
            "total_tokens": 11,
            "input_tokens_details": None,
            "output_tokens_details": {"reasoning_tokens": 8},
        }
    )

    assert fields["usage"] == {
        "input": 5,
        "output": 0,
        "total": 11,
        "output_reasoning_tokens": 8,
    }


@pytest.mark.parametrize(
    "details",
    [
        {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11, "cost": 1},
        {"prompt_tokens": 5, "completion_tokens": 6},
        {"input_tokens": 5, "output_tokens": 6, "total_tokens": 11, "input": 1},
    ],
)
def test_an_almost_openai_shape_is_a_plain_map(details: dict[str, int]) -> None:
    assert read(usageDetails=details)["usage"] == details


def test_a_plain_map_keeps_counts_only() -> None:
    fields = read(
        usageDetails={
            "text": "3.7",
            "padded": " 8 tokens",
            "fraction": 1.5,
            "negative": -1,
            "negative_text": "-4",
            "flag": True,
            "nothing": None,
            "whole": 2.0,
            "nested": {"g": 1},
            "word": "x",
            "unsafe": 2**60,
            "unsafe_text": "9" * 30,
        }
    )

    assert fields["usage"] == {"text": 3, "padded": 8, "whole": 2}


def test_costs_come_from_both_objects() -> None:
    fields = read(
        usage={"input": 1, "inputCost": 0.1, "totalCost": 0.3}, costDetails={"input": 2, "x": "1"}
    )

    assert fields["cost"] == {"input": 2.0, "total": 0.3}


def test_a_cost_of_zero_is_a_cost() -> None:
    assert read(costDetails={"total": 0})["cost"] == {"total": 0.0}
