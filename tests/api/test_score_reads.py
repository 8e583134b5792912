"""Scores of versions 1 and 2, written through the ingestion and read back."""

import pytest

from tests.api.events import score, trace
from tests.api.people import Person

V1 = "/api/public/scores"
V2 = "/api/public/v2/scores"


@pytest.fixture
async def scored(client: Person) -> None:
    """Scores of a known trace, of an unknown one, of a session and of a run."""
    await client.ingests(
        trace("t1", userId="u1", tags=["x", "y"], sessionId="s1", environment="prod"),
        score("num", traceId="t1", value=2.5, metadata={"by": "me"}, comment="fine"),
        score("bool", traceId="t1", observationId="o1", value=1, dataType="BOOLEAN", name="ok"),
        score("text", traceId="t1", value="words", dataType="TEXT", name="note"),
        score("fix", traceId="t1", value="better", dataType="CORRECTION", name="output"),
        score("lost", traceId="t-unknown", value=9),
        score("sess", sessionId="s1", value=4),
        score("run", datasetRunId="r1", value=5),
    )


def ids(found: dict[str, list[dict[str, str]]]) -> set[str]:
    return {item["id"] for item in found["data"]}


async def test_v1_lists_scores_of_known_traces_without_corrections(
    client: Person, scored: None
) -> None:
    found = await client.reads(V1)
    assert ids(found) == {"num", "bool", "text"}
    assert found["meta"]["totalItems"] == 3
    assert found["data"][0]["trace"] == {"userId": "u1", "tags": ["x", "y"], "environment": "prod"}


async def test_v2_lists_every_subject_but_unknown_traces(client: Person, scored: None) -> None:
    found = await client.reads(V2)
    assert ids(found) == {"num", "bool", "text", "fix", "sess", "run"}
    traces = {item["id"]: item["trace"] for item in found["data"]}
    assert traces["sess"] is None
    assert traces["num"] == {
        "userId": "u1",
        "tags": ["x", "y"],
        "environment": "prod",
        "sessionId": "s1",
    }


async def test_without_the_trace_group_v2_lists_unknown_traces_too(
    client: Person, scored: None
) -> None:
    found = await client.reads(f"{V2}?fields=score")
    assert "lost" in ids(found)
    assert {item["trace"] for item in found["data"]} == {None}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name=ok", {"bool"}),
        ("dataType=TEXT", {"text"}),
        ("userId=u1&name=quality", {"num"}),
        ("traceTags=x,y&name=quality", {"num"}),
        ("traceTags=x,z", set()),
        ("sessionId=s1", {"sess"}),
        ("datasetRunId=r1", {"run"}),
        ("traceId=t1&dataType=CORRECTION", {"fix"}),
        ("observationId=o1,o2", {"bool"}),
        ("scoreIds=num,sess", {"num", "sess"}),
        ("value=4&operator=>=", {"sess", "run"}),
        ("value=4&dataType=TEXT", {"text"}),
        ("source=EVAL", set()),
        ("environment=prod", set()),
    ],
)
async def test_parameters_choose(
    client: Person, scored: None, query: str, expected: set[str]
) -> None:
    assert ids(await client.reads(f"{V2}?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("fields=trace", "Scores needs to be selected always."),
        ("fields=score&userId=u1", "Cannot filter by trace properties"),
    ],
)
async def test_groups_that_contradict_are_refused(client: Person, query: str, message: str) -> None:
    answer = await client.get(f"{V2}?{query}")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(message)


async def test_one_score_has_no_trace_key(client: Person, scored: None) -> None:
    found = await client.reads(f"{V2}/num")
    assert (found["value"], found["comment"], found["metadata"]) == (2.5, "fine", {"by": "me"})
    assert "trace" not in found
    assert (await client.reads(f"{V2}/lost"))["traceId"] == "t-unknown"


@pytest.mark.parametrize("score_id", ["sess", "fix", "nope"])
async def test_v1_knows_only_its_own_kinds(client: Person, scored: None, score_id: str) -> None:
    answer = await client.get(f"{V1}/{score_id}")
    assert answer.status_code == 404
    assert answer.json() == {"message": "Score not found", "error": "LangfuseNotFoundError"}


async def test_another_project_sees_none_of_them(charlie: Person, scored: None) -> None:
    assert ids(await charlie.reads(f"{V2}?fields=score")) == set()
    assert (await charlie.get(f"{V2}/num")).status_code == 404
