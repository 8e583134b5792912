"""Published integrations, run against the service with a model that needs no key."""

import json
from typing import Any

import pytest

from tests.integrations.conftest import Runs
from tests.integrations.expected_rows import EXPECTED, TRACE_NAMES, row_of
from tests.integrations.model_endpoint import ANSWER, REFUSAL
from tests.integrations.runs import INTEGRATIONS, SCRIPTS

pytestmark = pytest.mark.timeout(400)  # the first one waits for what is installed

CHAT: dict[str, Any] = json.loads((SCRIPTS / "chat.json").read_text())
TELLING_ERRORS = [name for name in INTEGRATIONS if name != "litellm-sdk2"]
every_integration = pytest.mark.parametrize("name", INTEGRATIONS)


def in_words(rows: list[Any]) -> list[str]:
    """Sorted: rows of one millisecond have no order."""
    return sorted(repr(row) for row in rows)


@every_integration
def test_an_integration_leaves_the_tree_of_what_it_did(runs: Runs, name: str) -> None:
    observations = runs(name).observations
    names = {row["id"]: row["name"] for row in observations}

    assert in_words([row_of(row, names) for row in observations]) == in_words(EXPECTED[name])


@every_integration
def test_every_trace_has_its_name_and_knows_whose_it_is(runs: Runs, name: str) -> None:
    traces = runs(name).traces
    whose = {
        (row["userId"], row["sessionId"], tuple(row["tags"]))
        for row in traces
        if row["name"] != "OpenAI-embedding"  # the wrapper takes none of them for embeddings
    }

    assert sorted(row["name"] for row in traces) == sorted(TRACE_NAMES[name])
    assert whose == {(CHAT["user"], name, tuple(CHAT["tags"]))}


@pytest.mark.parametrize("name", TELLING_ERRORS)
def test_a_refused_call_says_why(runs: Runs, name: str) -> None:
    failed = [row for row in runs(name).observations if row["level"] == "ERROR"]

    assert any(row["type"] == "GENERATION" for row in failed)
    for row in failed:
        assert REFUSAL in row["statusMessage"]


@every_integration
def test_what_was_asked_and_answered_is_kept(runs: Runs, name: str) -> None:
    generations = [
        row
        for row in runs(name).observations
        if row["type"] == "GENERATION" and row["level"] == "DEFAULT"
    ]
    asked = [json.dumps(row["input"]) for row in generations]
    answered = [json.dumps(row["output"]) for row in generations]

    assert sum(CHAT["question"] in text for text in asked) == 2
    assert sum(CHAT["streamed"] in text for text in asked) == 1
    assert sum("get_weather" in text for text in answered) == 1
    assert sum(ANSWER in text for text in answered) == 2


@pytest.mark.parametrize("name", ["langchain-sdk2", "langchain", "pydantic-ai", "vercel"])
def test_a_tool_keeps_what_it_was_given_and_what_it_said(runs: Runs, name: str) -> None:
    (tool,) = [row for row in runs(name).observations if row["name"] == "get_weather"]

    assert "Vienna" in json.dumps(tool["input"])
    assert CHAT["weather"] in json.dumps(tool["output"])


@pytest.mark.parametrize("name", [name for name in INTEGRATIONS if name != "pydantic-ai"])
def test_a_generation_keeps_its_temperature(runs: Runs, name: str) -> None:
    """As a number or as text, as the integration sends it."""
    for row in runs(name).observations:
        if row["type"] == "GENERATION":
            assert float(row["modelParameters"]["temperature"]) == 0.5


def test_metadata_of_the_application_is_on_every_observation(runs: Runs) -> None:
    assert {row["metadata"]["course"] for row in runs("vercel").observations} == {"main"}


@every_integration
def test_a_trace_shows_the_observations_it_has(runs: Runs, name: str) -> None:
    run = runs(name)
    of_traces = {id_ for trace in run.traces for id_ in trace["observations"]}

    assert of_traces == {row["id"] for row in run.observations}
