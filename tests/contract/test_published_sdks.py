"""Every published generation of the SDKs writes the same turn and reads it back."""

from collections.abc import Callable
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from tests.contract.turns import Turn, run_script
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)

PYTHON = ("py2", "py3", "py4", "py5")
EVERY = (*PYTHON, "js-3", "js-4", "js-5")
READING = tuple(name for name in EVERY if name != "py5")  # SDK 5 has no reads of version 1
WITHOUT_TOOLS = ("py2", "js-3")
# What a client shows of a record must be what the server holds; prices and latencies are derived.
_TRACE_KEYS = {
    *("id", "name", "userId", "sessionId", "tags", "release", "version", "public"),
    *("input", "output", "metadata", "environment", "totalCost"),
}
_OBSERVATION_KEYS = {
    *("id", "traceId", "parentObservationId", "type", "name", "level", "statusMessage"),
    *("input", "output", "metadata", "model", "modelParameters", "usageDetails", "costDetails"),
    *("environment", "version"),
}
_SCORE_KEYS = {
    *("id", "name", "value", "stringValue", "dataType", "traceId", "observationId", "comment"),
    *("source", "environment"),
}
Turns = Callable[[str], Turn]


@pytest.fixture(scope="module")
def turns(running_service: Service, node: str) -> Turns:
    """Each generation's turn, written when first asked for."""
    return cache(lambda generation: run_script(generation, running_service, node))


def ms(time: str) -> float:
    return datetime.fromisoformat(time).timestamp() * 1000


def in_order(*times: float) -> bool:
    """To 2 ms: the JS SDKs take the times of one run from two clocks."""
    return all(first <= then + 2 for first, then in pairwise(times))


def seen(record: dict[str, Any], keys: set[str]) -> dict[str, Any]:
    return {key: record[key] for key in keys & record.keys()}


@pytest.mark.parametrize("generation", PYTHON)
def test_auth_check_succeeds(turns: Turns, generation: str) -> None:
    assert turns(generation).told["auth_check"] is True


@pytest.mark.parametrize("generation", EVERY)
def test_the_trace_is_kept_whole(
    turns: Turns, generation: str, scenario: dict[str, Any], running_service: Service
) -> None:
    trace, about = turns(generation).trace, scenario["trace"]

    assert seen(trace, _TRACE_KEYS - {"id", "metadata"}) == {
        "name": about["name"],
        "userId": about["user"],
        "sessionId": about["session"],
        "tags": about["tags"],
        "release": scenario["release"],
        "version": about["version"],
        "public": False,
        "input": scenario["root"]["input"],
        "output": scenario["root"]["output"],
        "environment": scenario["environment"],
        "totalCost": pytest.approx(0.033),
    }
    assert trace["metadata"].items() >= about["metadata"].items()


@pytest.mark.parametrize("generation", EVERY)
def test_the_observations_form_the_tree_that_was_written(
    turns: Turns, generation: str, scenario: dict[str, Any]
) -> None:
    turn = turns(generation)
    ids = turn.told["ids"]
    tree = {
        role: (row["type"], row["name"], row["parentObservationId"])
        for role, row in turn.by_role().items()
    }

    assert len(turn.observations) == 5
    assert tree == {
        "root": ("SPAN", scenario["root"]["name"], None),
        "nested": ("SPAN", scenario["nested"]["name"], ids["root"]),
        "generation": ("GENERATION", scenario["generation"]["name"], ids["nested"]),
        "event": ("EVENT", scenario["event"]["name"], ids["root"]),
        "failure": (
            "SPAN" if generation in WITHOUT_TOOLS else "TOOL",
            scenario["failure"]["name"],
            ids["root"],
        ),
    }


@pytest.mark.parametrize("generation", EVERY)
@pytest.mark.parametrize("role", ["root", "nested", "generation", "event", "failure"])
def test_payloads_come_back_as_they_were_sent(
    turns: Turns, generation: str, role: str, scenario: dict[str, Any]
) -> None:
    row, told = turns(generation).by_role()[role], scenario[role]

    assert (row["input"], row["output"]) == (told["input"], told.get("output"))
    assert row["metadata"].items() >= told.get("metadata", {}).items()
    assert row["environment"] == scenario["environment"]


@pytest.mark.parametrize("generation", EVERY)
def test_a_generation_keeps_model_usage_and_cost(
    turns: Turns, generation: str, scenario: dict[str, Any]
) -> None:
    row, told = turns(generation).by_role()["generation"], scenario["generation"]
    # SDK 2 sends fractions of parameters as text
    parameters = {name: float(value) for name, value in row["modelParameters"].items()}

    assert (row["model"], parameters) == (told["model"], told["parameters"])
    assert row["usageDetails"] == told["usage"]
    assert row["costDetails"] == {**told["cost"], "total": pytest.approx(0.033)}
    assert row["usage"] == {**told["usage"], "unit": "TOKENS"}


@pytest.mark.parametrize("generation", EVERY)
def test_warnings_and_errors_carry_level_and_message(
    turns: Turns, generation: str, scenario: dict[str, Any]
) -> None:
    rows = turns(generation).by_role()
    levels = {role: row["level"] for role, row in rows.items()}
    calm = {"root": "DEFAULT", "nested": "DEFAULT", "generation": "DEFAULT"}
    raised = "ConnectionError: " if generation in PYTHON[1:] else ""

    assert levels == {**calm, "event": "WARNING", "failure": "ERROR"}
    assert rows["event"]["statusMessage"] == scenario["event"]["message"]
    assert rows["failure"]["statusMessage"] == raised + scenario["failure"]["message"]


@pytest.mark.parametrize("generation", EVERY)
def test_times_are_those_of_the_run(turns: Turns, generation: str) -> None:
    turn = turns(generation)
    rows = turn.by_role()
    starts = {role: ms(row["startTime"]) for role, row in rows.items()}
    ends = {role: ms(row["endTime"]) for role, row in rows.items() if role != "event"}

    assert in_order(turn.began_ms, ms(turn.trace["timestamp"]), starts["root"])
    assert in_order(starts["root"], starts["nested"], starts["generation"], ends["generation"])
    assert in_order(ends["generation"], ends["nested"], ends["root"], turn.ended_ms)
    assert in_order(ends["nested"], starts["failure"], ends["failure"], ends["root"])
    assert in_order(starts["root"], starts["event"], ends["root"])


@pytest.mark.parametrize("generation", EVERY)
def test_scores_hang_on_the_trace_and_on_the_generation(
    turns: Turns, generation: str, scenario: dict[str, Any]
) -> None:
    turn = turns(generation)
    scores = {row["name"]: row for row in turn.scores.values()}
    on_trace, on_generation = scenario["trace_score"], scenario["generation_score"]
    common = {
        "traceId": turn.told["trace_id"],
        "source": "API",
        "environment": scenario["environment"],
    }

    assert len(turn.scores) == 2
    assert seen(scores[on_trace["name"]], _SCORE_KEYS - {"id", "stringValue"}) == {
        **on_trace,
        **common,
        "dataType": "NUMERIC",
        "observationId": None,
    }
    assert seen(scores[on_generation["name"]], _SCORE_KEYS - {"id", "value"}) == {
        **common,
        "name": on_generation["name"],
        "stringValue": on_generation["value"],
        "dataType": "CATEGORICAL",
        "observationId": turn.told["ids"]["generation"],
        "comment": None,
    }


@pytest.mark.parametrize("generation", READING)
def test_the_sdk_reads_what_http_reads(turns: Turns, generation: str) -> None:
    turn = turns(generation)
    read = turn.told["read"]
    observations = {row["id"]: row for row in read["observations"]}
    inside = {row["id"]: row for row in read["trace"]["observations"]}

    assert seen(read["trace"], _TRACE_KEYS) == seen(turn.trace, _TRACE_KEYS)
    assert turn.trace["id"] in {row["id"] for row in read["traces"]}
    for id_, row in turn.observations.items():
        assert seen(observations[id_], _OBSERVATION_KEYS) == seen(row, _OBSERVATION_KEYS)
        assert seen(inside[id_], _OBSERVATION_KEYS) == seen(row, _OBSERVATION_KEYS)
    one = read["generation"]
    assert seen(one, _OBSERVATION_KEYS) == seen(turn.observations[one["id"]], _OBSERVATION_KEYS)


@pytest.mark.parametrize("generation", READING)
def test_the_sdk_reads_the_scores_that_http_reads(turns: Turns, generation: str) -> None:
    turn = turns(generation)
    read = turn.told["read"]

    for rows in (read["trace"]["scores"], read.get("scores", read["trace"]["scores"])):
        assert {row["id"] for row in rows} == turn.scores.keys()
        for row in rows:
            held = seen(turn.scores[row["id"]], _SCORE_KEYS & row.keys())
            assert held.items() <= row.items()
