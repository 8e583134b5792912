"""The stored form of a score, and why one is dropped."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.records.scores import UNKNOWN_YET, Dropped, stored_form

NUMERIC = {"name": "depth", "data_type": "NUMERIC", "min_value": 0.0, "max_value": 10.0}
BOOLEAN = {"name": "right", "data_type": "BOOLEAN"}
TEXT = {"name": "words", "data_type": "TEXT"}
CATEGORICAL = {
    "name": "kind",
    "data_type": "CATEGORICAL",
    "categories": [{"label": "low", "value": 1}, {"label": "high", "value": 7.5}],
}


def stored(config: Any = None, **fields: Any) -> dict[str, Any]:
    given_id = {} if config is None else {"config_id": "c"}
    return stored_form({"name": "n", **given_id, **fields}, config)


def reason(config: Any = None, **fields: Any) -> str:
    with pytest.raises(Dropped) as caught:
        stored(config, **fields)
    return str(caught.value)


@pytest.mark.parametrize(
    ("fields", "data_type", "value", "text", "long_text"),
    [
        ({"value": 0.5}, "NUMERIC", 0.5, None, ""),
        ({"value": "good"}, "CATEGORICAL", 0.0, "good", ""),
        ({"value": "", "data_type": "CATEGORICAL"}, "CATEGORICAL", 0.0, "", ""),
        ({"value": 1, "data_type": "BOOLEAN"}, "BOOLEAN", 1.0, "True", ""),
        ({"value": 0.0, "data_type": "BOOLEAN"}, "BOOLEAN", 0.0, "False", ""),
        ({"value": "t", "data_type": "TEXT"}, "TEXT", 0.0, "t", ""),
        ({"value": "c", "data_type": "CORRECTION", "trace_id": "t"}, "CORRECTION", 0.0, None, "c"),
    ],
)
def test_scores_are_stored_by_their_type(
    fields: Any, data_type: str, value: float, text: str | None, long_text: str
) -> None:
    found = stored(**fields)
    assert (found["data_type"], found["value"]) == (data_type, value)
    assert (found["string_value"], found["long_string_value"]) == (text, long_text)


@pytest.mark.parametrize(
    ("config", "given_value", "value", "text"),
    [
        (NUMERIC, 0, 0.0, None),
        (NUMERIC, 10, 10.0, None),
        (BOOLEAN, 1, 1.0, "True"),
        (BOOLEAN, 0, 0.0, "False"),
        (CATEGORICAL, "low", 1.0, "low"),
        (CATEGORICAL, "high", 7.5, "high"),
        (TEXT, "t" * 500, 0.0, "t" * 500),
        (TEXT, "\U0001f600" * 250, 0.0, "\U0001f600" * 250),
    ],
)
def test_a_config_gives_name_type_and_number(
    config: Any, given_value: Any, value: float, text: str | None
) -> None:
    found = stored(config, value=given_value)
    assert (found["name"], found["data_type"]) == (config["name"], config["data_type"])
    assert (found["value"], found["string_value"]) == (value, text)
    assert stored(config, value=given_value, data_type=config["data_type"]) == found


@pytest.mark.parametrize(
    ("config", "fields", "expected"),
    [
        (NUMERIC, {"value": -0.001}, "value_below_minimum"),
        (NUMERIC, {"value": 10.001}, "value_above_maximum"),
        (NUMERIC, {"value": "5"}, "value_does_not_fit_type"),
        (NUMERIC, {"value": "x", "data_type": "CATEGORICAL"}, "data_type_differs_from_config"),
        (NUMERIC | {"is_archived": True}, {"value": 5}, "config_archived"),
        (BOOLEAN, {"value": 0.5}, "value_does_not_fit_type"),
        (BOOLEAN, {"value": "True"}, "value_does_not_fit_type"),
        (CATEGORICAL, {"value": "Low"}, "unknown_category"),
        (CATEGORICAL, {"value": 1}, "value_does_not_fit_type"),
        (CATEGORICAL | {"categories": []}, {"value": "low"}, "unknown_category"),
        (TEXT, {"value": ""}, "text_length"),
        (TEXT, {"value": "t" * 501}, "text_length"),
        (TEXT, {"value": "\U0001f600" * 251}, "text_length"),
        (
            TEXT,
            {"value": "c", "data_type": "CORRECTION", "trace_id": "t"},
            "correction_with_config",
        ),
    ],
)
def test_what_does_not_fit_its_config_is_dropped(
    config: Any, fields: dict[str, Any], expected: str
) -> None:
    assert reason(config, **fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"value": 1, "source": "ANNOTATION"}, "annotation_without_config"),
        ({"value": 1, "config_id": "c"}, "config_not_found"),
        ({"value": "x", "data_type": "NUMERIC"}, "value_does_not_fit_type"),
        ({"value": 1, "data_type": "CATEGORICAL"}, "value_does_not_fit_type"),
        ({"value": 2, "data_type": "BOOLEAN"}, "value_does_not_fit_type"),
        ({"value": "x", "data_type": "CORRECTION", "session_id": "s"}, "correction_without_trace"),
        ({"value": True}, "value_does_not_fit_type"),
    ],
)
def test_what_fits_no_rule_is_dropped_without_a_config(
    fields: dict[str, Any], expected: str
) -> None:
    assert reason(**fields) == expected


def test_an_annotation_with_a_config_is_kept() -> None:
    assert stored(NUMERIC, value=5, source="ANNOTATION")["source"] == "ANNOTATION"


def test_an_annotation_that_corrects_needs_no_config() -> None:
    found = stored(value="c", data_type="CORRECTION", trace_id="t", source="ANNOTATION")
    assert (found["name"], found["long_string_value"]) == ("output", "c")


def test_while_no_config_is_known_nothing_is_held_against_one() -> None:
    found = stored(UNKNOWN_YET, value=99, source="ANNOTATION")
    assert (found["name"], found["data_type"], found["value"]) == ("n", "NUMERIC", 99.0)


@given(
    st.sampled_from([None, UNKNOWN_YET, NUMERIC, BOOLEAN, CATEGORICAL, TEXT]),
    st.fixed_dictionaries(
        {"value": st.one_of(st.floats(allow_nan=False), st.integers(), st.text(), st.none())},
        optional={
            "data_type": st.sampled_from(
                ["NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT", "CORRECTION"]
            ),
            "source": st.sampled_from(["API", "EVAL", "ANNOTATION"]),
            "trace_id": st.sampled_from(["t", "", None]),
        },
    ),
)
def test_any_score_is_stored_or_dropped(config: Any, fields: dict[str, Any]) -> None:
    try:
        found = stored(config, **fields)
    except Dropped:
        return
    assert isinstance(found["value"], float)
    assert found["data_type"] in ("NUMERIC", "BOOLEAN", "CATEGORICAL", "TEXT", "CORRECTION")
