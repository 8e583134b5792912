"""The list of events that were refused or not stored."""

import json
from typing import Any

from collector.services import Services
from tests.web.examples import HOSTILE, event
from tests.web.reader import Reader, links

PAGE = "/project/project-a/rejected"


async def refused(reader: Reader, *events: Any, path: str = "/api/public/ingestion") -> None:
    """A request of which nothing is taken."""
    body = {"batch": events} if path.endswith("ingestion") else list(events)
    answer = await reader.http.post(
        path,
        content=json.dumps(body),
        headers={"authorization": reader.authorization, "content-type": "application/json"},
    )
    assert answer.status_code == 207
    assert answer.json()["errors"]


async def test_an_event_refused_at_the_door_is_listed_with_its_reason(anna: Reader) -> None:
    await refused(anna, event("trace-create", id="t1", name=5))
    found = await anna.data(PAGE)
    assert found["total"] == 1
    row = found["rows"][0]
    assert (row["place"], row["kind"], row["entity_id"]) == ("intake", "trace-create", "t1")
    assert row["event_id"].startswith("w")
    assert row["reason"] == "body.name: Invalid input: expected string, received number"
    assert json.loads(row["payload"])["body"] == {"id": "t1", "name": 5}
    html = await anna.page(PAGE)
    for words in ("refused", "trace-create", "expected string, received number", "1 event"):
        assert words in html


async def test_a_score_the_flush_dropped_is_listed(anna: Reader) -> None:
    await anna.sends(
        [event("score-create", id="s1", traceId="t", name="n", value=1, configId="nobody")]
    )
    row = (await anna.data(PAGE))["rows"][0]
    assert (row["place"], row["kind"], row["entity_id"]) == ("flush", "score", "s1")
    assert (row["reason"], row["event_id"]) == ("config_not_found", None)
    assert json.loads(row["payload"])["config_id"] == "nobody"
    html = await anna.page(PAGE)
    assert "not stored" in html
    assert "config not found" in html


async def test_a_score_refused_in_an_array_is_listed(anna: Reader) -> None:
    await refused(anna, 5, {"id": "s1", "name": "n"}, path="/api/public/scores")
    rows = (await anna.data(PAGE))["rows"]
    assert [(row["kind"], row["entity_id"]) for row in rows] == [("score", "s1"), ("score", None)]
    assert rows[1]["reason"] == "score: Invalid input: expected object, received number"


async def test_an_event_its_key_does_not_permit_is_listed(anna: Reader) -> None:
    browser = Reader(anna.http, "Bearer pk-lf-anna")
    await refused(browser, event("trace-create", id="t1"))
    row = (await anna.data(PAGE))["rows"][0]
    assert row["reason"] == "Authentication error: Access Scope Denied"
    assert row["entity_id"] == "t1"


async def test_events_without_any_form_are_listed(anna: Reader) -> None:
    await refused(anna, 5, None, {"type": 7, "id": ["x"], "body": {"id": 1}}, {"body": []})
    rows = (await anna.data(PAGE))["rows"]
    assert len(rows) == 4
    assert {(row["event_id"], row["entity_id"]) for row in rows} == {(None, None)}
    assert "expected object, received null" in (await anna.page(PAGE))


async def test_without_any_the_page_says_what_would_stand_there(anna: Reader) -> None:
    html = await anna.page(PAGE)
    assert "Nothing was rejected in the last 7 days" in html
    assert (await anna.data(PAGE))["total"] == 0


async def test_pages_follow_each_other(anna: Reader) -> None:
    await refused(anna, *(event("trace-create", id=f"t{n:02}", name=5) for n in range(55)))
    first, second = [(await anna.data(PAGE + query))["rows"] for query in ("", "?page=2")]
    assert (len(first), len(second)) == (50, 5)
    assert (first[0]["entity_id"], second[-1]["entity_id"]) == ("t54", "t00")
    assert "?page=2" in links(await anna.page(PAGE))
    assert "Nothing on this page" in await anna.page(PAGE + "?page=9")


async def test_more_than_are_kept_are_refused_and_the_newest_shown(
    anna: Reader, services: Services
) -> None:
    events_max = services.settings.rejected_events_max
    await refused(anna, *({"id": f"e{n}"} for n in range(events_max + 5)))
    found = await anna.data(PAGE)
    assert found["total"] == events_max
    assert found["rows"][0]["event_id"] == f"e{events_max + 4}"


async def test_hostile_text_stays_text(anna: Reader) -> None:
    await refused(
        anna, {"type": HOSTILE, "id": HOSTILE, "body": {"id": HOSTILE}, "timestamp": HOSTILE}
    )
    html = await anna.page(PAGE)
    assert HOSTILE not in html
    assert "<img src=x" not in html


async def test_the_pages_lead_to_it(anna: Reader) -> None:
    assert PAGE in links(await anna.page("/project/project-a/traces"))


async def test_another_project_sees_nothing_of_it(anna: Reader, charlie: Reader) -> None:
    await refused(anna, event("trace-create", id="t1", name=5))
    assert (await charlie.data("/project/project-b/rejected"))["total"] == 0
