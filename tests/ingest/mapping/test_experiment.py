"""Experiments in attributes."""

from tests.ingest.exports import observed

PREFIX = "langfuse.experiment."


def test_an_experiment_is_read_from_both_writings_of_its_metadata() -> None:
    values = {
        "id": "e",
        "name": "run",
        "description": "",
        "dataset.id": 5,
        "metadata": '{"a": {"b": 1}}',
        "metadata.model": "m",
        "item.id": "i",
        "item.expected_output": {"x": 1},
        "item.root_observation_id": "r",
        "item.version": "2025-01-01T00:00:00.5Z",
        "item.metadata.k": "v",
    }
    assert observed({PREFIX + name: value for name, value in values.items()})["experiment"] == {
        "id": "e",
        "name": "run",
        "dataset_id": "5",
        "metadata": {"a": {"b": 1}, "model": "m"},
        "item_id": "i",
        "item_expected_output": '{"x":1}',
        "item_root_id": "r",
        "item_version_ms": 1_735_689_600_500,
        "item_metadata": {"k": "v"},
    }


def test_a_version_that_is_no_date_is_dropped() -> None:
    assert observed({PREFIX + "id": "e", PREFIX + "item.version": "v2"})["experiment"] == {
        "id": "e"
    }


def test_no_experiment_leaves_no_trace_of_one() -> None:
    assert "experiment" not in observed({"a": "b"})
