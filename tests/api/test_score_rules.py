"""Scores and their configs, from the request to what is read: dropped without a word, or stored."""

from typing import Any

import pytest

from collector import metrics
from tests.api.events import score, trace
from tests.api.people import Person

CONFIGS = "/api/public/score-configs"
BODIES: dict[str, dict[str, Any]] = {
    "NUMERIC": {"minValue": 0, "maxValue": 10},
    "CATEGORICAL": {"categories": [{"label": "low", "value": 1}, {"label": "high", "value": 7}]},
    "BOOLEAN": {},
    "TEXT": {},
}


async def config(person: Person, data_type: str) -> str:
    body = {"name": f"of {data_type}", "dataType": data_type, **BODIES[data_type]}
    answer = await person.post(CONFIGS, json=body)
    return str(answer.json()["id"])


async def patched(person: Person, config_id: str, **body: Any) -> None:
    answer = await person.asks("PATCH", f"{CONFIGS}/{config_id}", json=body)
    assert answer.status_code == 200


async def found(person: Person, score_id: str) -> Any:
    answer = await person.get(f"/api/public/v2/scores/{score_id}")
    return answer.json() if answer.status_code == 200 else None


def dropped(reason: str) -> float:
    return float(metrics.INGEST_EVENTS.labels("flush", reason)._value.get())


@pytest.mark.parametrize(
    ("data_type", "value", "stored"),
    [
        ("NUMERIC", 10, {"value": 10, "stringValue": None}),
        ("CATEGORICAL", "high", {"value": 7, "stringValue": "high"}),
        ("BOOLEAN", 1, {"value": 1, "stringValue": "True"}),
        ("TEXT", "words", {"stringValue": "words"}),
    ],
)
async def test_a_score_that_fits_takes_name_and_type_of_its_config(
    client: Person, data_type: str, value: Any, stored: dict[str, Any]
) -> None:
    config_id = await config(client, data_type)
    await client.ingests(score("s", traceId="t", name="mine", value=value, configId=config_id))

    known = await found(client, "s")
    assert (known["name"], known["dataType"]) == (f"of {data_type}", data_type)
    assert (known["configId"], {key: known[key] for key in stored}) == (config_id, stored)
    assert ("value" in known) == ("value" in stored)


@pytest.mark.parametrize(
    ("data_type", "body", "reason"),
    [
        ("NUMERIC", {"value": 11}, "value_above_maximum"),
        ("NUMERIC", {"value": -1}, "value_below_minimum"),
        ("NUMERIC", {"value": "x", "dataType": "CATEGORICAL"}, "data_type_differs_from_config"),
        ("CATEGORICAL", {"value": "huge"}, "unknown_category"),
        ("BOOLEAN", {"value": 2}, "value_does_not_fit_type"),
        ("TEXT", {"value": "t" * 501}, "text_length"),
    ],
)
async def test_a_score_that_does_not_fit_is_a_success_and_never_read(
    client: Person, data_type: str, body: dict[str, Any], reason: str
) -> None:
    before = dropped(reason)
    body = body | {"configId": await config(client, data_type)}
    await client.ingests(score("s", traceId="t", **body))
    posted = await client.post(
        "/api/public/scores", json={"id": "p", "traceId": "t", "name": "n", **body}
    )

    assert posted.json() == {"id": "p"}
    assert [await found(client, name) for name in ("s", "p")] == [None, None]
    assert dropped(reason) == before + 2


async def test_a_config_of_another_project_is_unknown(client: Person, charlie: Person) -> None:
    config_id = await config(charlie, "NUMERIC")
    await client.ingests(score("s", traceId="t", value=5, configId=config_id))

    assert await found(client, "s") is None


async def test_an_archived_config_takes_no_score_until_it_is_back(client: Person) -> None:
    config_id = await config(client, "NUMERIC")
    await patched(client, config_id, isArchived=True)
    await client.ingests(score("a", traceId="t", value=5, configId=config_id))
    archived = await found(client, "a")
    await patched(client, config_id, isArchived=False)
    await client.ingests(score("b", traceId="t", value=5, configId=config_id))

    assert archived is None
    assert await found(client, "b") is not None


async def test_a_patch_counts_for_scores_from_then_on(client: Person) -> None:
    config_id = await config(client, "CATEGORICAL")
    await client.ingests(score("a", traceId="t", value="low", configId=config_id))
    before = await found(client, "a")
    await patched(client, config_id, name="kind", categories=[{"label": "low", "value": 4}])
    await client.ingests(score("b", traceId="t", value="low", configId=config_id))

    after = await found(client, "b")
    assert ((await found(client, "a"))["value"], before["value"]) == (1, 1)
    assert (after["name"], after["value"]) == ("kind", 4)


async def test_other_events_of_a_dropped_score_still_apply(client: Person) -> None:
    config_id = await config(client, "NUMERIC")
    moments = [f"2026-11-20T12:00:0{n}.000Z" for n in range(3)]
    values = (5, 50, 6)
    events = [
        score("s", traceId="t", value=value, configId=config_id, comment=f"{value}")
        | {"timestamp": moment}
        for value, moment in zip(values, moments, strict=True)
    ]
    await client.ingests(*events[:2])
    first = await found(client, "s")
    await client.ingests(events[2])

    assert (first["value"], first["comment"]) == (5, "5")
    assert (await found(client, "s"))["value"] == 6


async def test_the_same_id_again_keeps_trace_time_and_environment(client: Person) -> None:
    first = score("s", traceId="t1", value=1.5, comment="c", environment="prod")
    first["body"]["metadata"] = {"a": {"b": 1}}
    second = score("s", traceId="t2", value=2.5, comment=None)
    second["body"]["metadata"] = {"a": {"c": 2}}
    second["timestamp"] = "2026-11-20T12:00:01.000Z"
    await client.ingests(trace("t1"), first)
    await found(client, "s")
    await client.ingests(second)

    known = await found(client, "s")
    assert (known["traceId"], known["environment"]) == ("t1", "prod")
    assert (known["timestamp"], known["value"], known["comment"]) == (
        first["timestamp"],
        2.5,
        None,
    )
    assert known["metadata"] == {"a": {"b": 1, "c": 2}}


async def test_an_annotation_without_a_config_is_dropped_from_a_batch(client: Person) -> None:
    before = dropped("annotation_without_config")
    await client.ingests(score("s", traceId="t", source="ANNOTATION"))

    assert await found(client, "s") is None
    assert dropped("annotation_without_config") == before + 1


async def test_a_correction_is_of_the_output_of_a_trace(client: Person) -> None:
    correction = {"dataType": "CORRECTION", "value": "better", "source": "ANNOTATION"}
    await client.ingests(
        score("of a trace", traceId="t", **correction),
        score("of a session", sessionId="s", **correction),
    )

    known = await found(client, "of a trace")
    assert (known["name"], known["value"], known["stringValue"]) == ("output", 0, "better")
    assert await found(client, "of a session") is None
