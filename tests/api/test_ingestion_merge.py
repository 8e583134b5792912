"""What several events of one entity read as (contract/ingestion.md 6), over HTTP."""

import gzip
import json
import re
from typing import Any

import pytest

from tests.api.events import NOON, event, generation, score, trace
from tests.api.people import Person

EARLIER = "2026-11-20T11:59:00.000Z"
LATER = "2026-11-20T12:00:05.000Z"
LATEST = "2026-11-20T12:00:09.000Z"


async def trace_of(client: Person, *events: dict[str, Any]) -> Any:
    """The trace `t` as it reads when each event came in a request of its own."""
    for one in events:
        await client.ingests(one)
    return await client.reads("/api/public/traces/t")


async def observation_of(client: Person, *events: dict[str, Any]) -> Any:
    """The observation `o`, likewise."""
    for one in events:
        await client.ingests(one)
    return await client.reads("/api/public/observations/o")


async def score_of(client: Person, *events: dict[str, Any]) -> Any:
    """The score `s`, likewise."""
    for one in events:
        await client.ingests(one)
    return await client.reads("/api/public/v2/scores/s")


def of_trace(sent_at: str = NOON, /, **body: Any) -> dict[str, Any]:
    return event("trace-create", sent_at, id="t") | {"body": {"id": "t", **body}}


def of_span(kind: str = "span-create", timestamp: str = NOON, **body: Any) -> dict[str, Any]:
    return event(kind, timestamp, id="o", traceId="t", **body)


def of_score(timestamp: str = NOON, **body: Any) -> dict[str, Any]:
    said = {"name": "n", "value": 1, "traceId": "t", **body}
    return event("score-create", timestamp, id="s", **said)


async def test_an_event_without_environment_pins_the_default(client: Person) -> None:
    found = await trace_of(client, of_trace(), of_trace(LATER, environment="prod"))
    assert found["environment"] == "default"


async def test_the_smallest_envelope_time_gives_the_timestamp(client: Person) -> None:
    first = of_trace("2026-11-20T18:01:10Z", timestamp="2026-11-20T18:01:02Z", name="later")
    second = of_trace("2026-11-20T18:01:00Z", timestamp="2026-11-20T18:01:30Z", name="earlier")
    found = await trace_of(client, first, second)
    assert (found["timestamp"], found["name"]) == ("2026-11-20T18:01:30.000Z", "later")


async def test_an_earlier_timestamp_in_a_later_event_is_ignored(client: Person) -> None:
    found = await trace_of(client, of_trace(), of_trace(LATER, timestamp=EARLIER))
    assert found["timestamp"] == NOON


async def test_an_update_of_another_type_decides_the_type(client: Person) -> None:
    update = of_span("generation-update", LATER, model="m", usageDetails={"input": 3})
    found = await observation_of(client, of_span(name="n"), update)
    assert (found["type"], found["model"], found["name"]) == ("GENERATION", "m", "n")
    assert found["usageDetails"] == {"input": 3, "total": 3}


async def test_all_types_of_observations_share_their_ids(client: Person) -> None:
    await observation_of(client, of_span(name="a"), of_span("event-create", LATER, name="b"))
    listed = (await client.reads("/api/public/observations"))["data"]
    assert [(row["id"], row["type"], row["name"]) for row in listed] == [("o", "EVENT", "b")]


async def test_a_trace_and_an_observation_may_have_one_id(client: Person) -> None:
    await client.ingests(trace("same", name="trace"), generation("same", "same", name="inner"))
    assert (await client.reads("/api/public/traces/same"))["name"] == "trace"
    assert (await client.reads("/api/public/observations/same"))["name"] == "inner"


async def test_an_update_alone_starts_when_it_was_sent_and_ends_no_earlier(client: Person) -> None:
    found = await observation_of(client, of_span("generation-update", LATER, endTime=NOON))
    assert (found["startTime"], found["endTime"], found["latency"]) == (LATER, LATER, 0)


async def test_a_create_that_comes_after_its_update_gives_the_start(client: Person) -> None:
    update = of_span("span-update", LATER, endTime=NOON, output="x")
    found = await observation_of(client, update, of_span(startTime=EARLIER))
    assert (found["startTime"], found["endTime"], found["latency"]) == (EARLIER, NOON, 60)


async def test_an_event_dated_between_two_fills_only_what_the_newer_did_not_say(
    client: Person,
) -> None:
    newest = of_trace(LATEST, name="newest", metadata={"k": 1})
    middle = of_trace(
        LATER, name="middle", public=True, version=None, metadata={"k": 2, "new": True}
    )
    found = await trace_of(client, of_trace(name="oldest", version="v1"), newest, middle)
    assert (found["name"], found["public"], found["version"]) == ("newest", False, None)
    assert found["metadata"] == {"k": 1, "new": True}


async def test_a_null_that_came_first_clears_what_comes_late_and_is_older(client: Person) -> None:
    found = await trace_of(client, of_trace(LATER, userId=None), of_trace(userId="u", name="n"))
    assert (found["userId"], found["name"]) == (None, "n")


@pytest.mark.parametrize("field", ["name", "userId", "sessionId", "release", "version"])
async def test_null_clears_these_fields_of_a_trace(client: Person, field: str) -> None:
    found = await trace_of(client, of_trace(**{field: "x"}), of_trace(LATER, **{field: None}))
    assert found[field] == ("" if field == "name" else None)


async def test_null_clears_name_level_and_model_of_an_observation(client: Person) -> None:
    said = of_span("generation-create", name="n", level="ERROR", model="m")
    cleared = of_span("generation-update", LATER, name=None, level=None, model=None)
    found = await observation_of(client, said, cleared)
    assert (found["name"], found["level"], found["model"]) == ("", "DEFAULT", None)


async def test_null_says_nothing_about_other_fields_of_an_observation(client: Person) -> None:
    sticky: dict[str, Any] = {
        "statusMessage": "st",
        "parentObservationId": "p",
        "version": "v",
        "endTime": LATER,
        "completionStartTime": NOON,
        "modelParameters": {"a": 1},
    }
    update = of_span("generation-update", LATER, **dict.fromkeys(sticky))
    found = await observation_of(client, of_span("generation-create", **sticky), update)
    assert {name: found[name] for name in sticky} == sticky


async def test_an_empty_parent_takes_the_observation_out_of_it(client: Person) -> None:
    out = of_span("span-update", LATER, parentObservationId="")
    found = await observation_of(client, out, of_span(parentObservationId="p"))
    assert found["parentObservationId"] is None


async def test_empty_model_parameters_are_a_value(client: Person) -> None:
    said = of_span("generation-create", modelParameters={"a": 1})
    found = await observation_of(
        client, said, of_span("generation-update", LATER, modelParameters={})
    )
    assert found["modelParameters"] == {}


async def test_trace_and_start_of_an_observation_never_change(client: Person) -> None:
    moved = event("span-update", LATER, id="o", traceId="other", startTime=EARLIER)
    found = await observation_of(client, of_span(startTime=NOON), moved)
    assert (found["traceId"], found["startTime"]) == ("t", NOON)


async def test_an_observation_without_a_trace_is_given_an_id_and_no_trace(client: Person) -> None:
    found = await observation_of(client, event("span-create", id="o"))
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", found["traceId"])
    assert (await client.get(f"/api/public/traces/{found['traceId']}")).status_code == 404


@pytest.mark.parametrize("falsy", [None, "", 0, False])
async def test_what_is_not_truthy_never_overwrites_a_payload(client: Person, falsy: Any) -> None:
    found = await trace_of(client, of_trace(input={"a": 1}), of_trace(LATER, input=falsy))
    assert found["input"] == {"a": 1}


@pytest.mark.parametrize("empty", [{}, []])
async def test_an_empty_object_or_array_overwrites_a_payload(client: Person, empty: Any) -> None:
    found = await trace_of(client, of_trace(output="x"), of_trace(LATER, output=empty))
    assert found["output"] == empty


async def test_an_empty_usage_is_ignored_and_a_full_one_replaces_the_whole(client: Person) -> None:
    said = of_span("generation-create", usageDetails={"input": 1, "output": 2})
    empty = of_span("generation-update", LATER, usageDetails={}, costDetails={"input": "1"})
    assert (await observation_of(client, said, empty))["usageDetails"]["total"] == 3
    full = of_span("generation-update", LATEST, usageDetails={"cached": 4})
    assert (await observation_of(client, full))["usageDetails"] == {"cached": 4, "total": 4}


async def test_negative_units_replace_the_older_ones_and_are_dropped_then(client: Person) -> None:
    said = of_span("generation-create", usage={"input": 9})
    update = of_span("generation-update", LATER, usage={"input": 4, "output": -7, "total": -3})
    assert (await observation_of(client, said, update))["usageDetails"] == {"input": 4, "total": 4}
    nothing = of_span("generation-update", LATEST, usage={"output": -7})
    assert (await observation_of(client, nothing))["usageDetails"] == {}


async def test_tags_are_united_and_sorted_by_code_units(client: Person) -> None:
    found = await trace_of(
        client, of_trace(tags=["\ufb01", "b"]), of_trace(LATER, tags=["😀", "b"])
    )
    assert found["tags"] == ["b", "😀", "\ufb01"]


async def test_public_is_taken_back_by_an_event_that_does_not_say_it(client: Person) -> None:
    assert (await trace_of(client, of_trace(public=True)))["public"] is True
    assert (await trace_of(client, of_trace(LATER)))["public"] is False


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("text", {"metadata": "text"}),
        (5, {"metadata": 5}),
        ([1, {"a": None}], {"metadata": [1, {"a": None}]}),
        ({"n": "5", "b": "true", "e": "", "z": None}, {"n": 5, "b": True, "e": "", "z": None}),
        ({"big": 9007199254740993}, {"big": 9007199254740992}),
        ({"big": "9007199254740993"}, {"big": "9007199254740993"}),
    ],
)
async def test_metadata_reads_back_as_its_values_parse(
    client: Person, said: Any, read: Any
) -> None:
    assert (await trace_of(client, of_trace(metadata=said)))["metadata"] == read


async def test_metadata_merges_objects_by_key_and_arrays_by_index(client: Person) -> None:
    first = of_trace(metadata={"a": {"x": 1, "y": [1, 2, 3]}, "k": 1})
    second = of_trace(LATER, metadata={"a": {"y": [9]}, "k": None})
    found = await trace_of(client, second, first)
    assert found["metadata"] == {"a": {"x": 1, "y": [9, 2, 3]}, "k": None}


@pytest.mark.parametrize(
    ("said", "read"), [('{"a":1}', {"a": 1}), ("12", 12), ("", None), ("text", "text")]
)
async def test_a_payload_reads_as_json_where_it_parses(
    client: Person, said: str, read: Any
) -> None:
    assert (await trace_of(client, of_trace(input=said)))["input"] == read


async def test_a_score_sent_again_keeps_its_first_trace_and_takes_the_rest(client: Person) -> None:
    first = of_score(comment="c", metadata={"a": {"x": 1}}, environment="one", queueId="q")
    again = of_score(
        LATER, traceId="u", value=2, comment=None, metadata={"a": {"y": 2}}, environment="two"
    )
    found = await score_of(client, trace("t"), first, again)
    assert (found["traceId"], found["value"], found["comment"]) == ("t", 2, None)
    assert (found["timestamp"], found["environment"], found["queueId"]) == (NOON, "one", "q")
    assert found["metadata"] == {"a": {"x": 1, "y": 2}}


async def test_a_score_may_change_its_type(client: Person) -> None:
    found = await score_of(client, trace("t"), of_score(), of_score(LATER, value="good"))
    assert (found["dataType"], found["value"], found["stringValue"]) == ("CATEGORICAL", 0, "good")


async def test_created_is_cut_to_seconds_and_updated_is_not_before_it(client: Person) -> None:
    await client.ingests(trace("t"), of_span(), score("s", traceId="t"))
    for path in ("traces/t", "observations/o", "v2/scores/s"):
        found = await client.reads(f"/api/public/{path}")
        assert found["createdAt"].endswith(".000Z"), path
        assert found["updatedAt"] >= found["createdAt"], path


async def test_a_compressed_batch_is_not_inflated(client: Person) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    body = gzip.compress(json.dumps({"batch": []}).encode())
    answer = await client.post("/api/public/ingestion", content=body, headers=headers)
    assert answer.status_code == 400


async def test_an_entity_without_an_id_is_a_success(client: Person) -> None:
    batch = [event("trace-create", name="n"), event("observation-create", type="SPAN")]
    answer = (await client.post("/api/public/ingestion", json={"batch": batch})).json()
    assert (len(answer["successes"]), answer["errors"]) == (2, [])
