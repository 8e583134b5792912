"""The pages of datasets."""

import json
from typing import Any

from tests.web.examples import HOSTILE, chat
from tests.web.reader import Reader, links

PAGE = "/project/project-a/datasets"


async def posts(reader: Reader, path: str, **body: Any) -> None:
    answer = await reader.http.post(
        f"/api/public/{path}",
        content=json.dumps(body),
        headers={"authorization": reader.authorization, "content-type": "application/json"},
    )
    assert answer.status_code == 200, answer.text


async def filled(reader: Reader, name: str = "qa set/1") -> None:
    """A dataset of two active items and an archived one, and one run over one of them."""
    await posts(reader, "v2/datasets", name=name, description="about questions")
    for item_id, status in (("a", "ACTIVE"), ("b", "ACTIVE"), ("c", "ARCHIVED")):
        body = {"id": item_id, "input": {"q": item_id}, "status": status, "sourceTraceId": "t1"}
        await posts(reader, "dataset-items", datasetName=name, **body)
    run = {"runName": "run 1", "runDescription": "the first"}
    await posts(reader, "dataset-run-items", datasetItemId="a", traceId="t1", **run)


async def test_the_list_counts_items_and_runs(anna: Reader) -> None:
    await filled(anna)
    found = await anna.data(PAGE)
    row = found["rows"][0]

    assert found["total"] == 1
    assert (row["name"], row["items"], row["runs"]) == ("qa set/1", 2, 1)
    html = await anna.page(PAGE)
    assert f"{PAGE}/qa%20set%2F1" in links(html)
    assert "about questions" in html


async def test_a_dataset_shows_active_items_and_runs(anna: Reader) -> None:
    await filled(anna)
    await anna.sends(chat("t1"))
    found = await anna.data(f"{PAGE}/qa%20set%2F1")

    assert [row["id"] for row in found["items"]["rows"]] == ["b", "a"]
    assert found["items"]["rows"][0]["input"] == '{"q":"b"}'
    assert [(row["name"], row["items"]) for row in found["runs"]["rows"]] == [("run 1", 1)]
    html = await anna.page(f"{PAGE}/qa%20set%2F1")
    assert "/project/project-a/traces/t1" in links(html)
    for words in ("run 1", "the first", "{&#34;q&#34;:&#34;a&#34;}"):
        assert words in html


async def test_without_any_the_page_says_how_to_make_one(anna: Reader) -> None:
    html = await anna.page(PAGE)

    assert "There is no dataset yet" in html
    assert "create_dataset" in html
    assert (await anna.data(PAGE))["total"] == 0


async def test_an_empty_dataset_says_so(anna: Reader) -> None:
    await posts(anna, "v2/datasets", name="empty", inputSchema={"type": "object"})
    html = await anna.page(f"{PAGE}/empty")

    for words in ("No run yet", "No active item yet", ">schema<"):
        assert words in html


async def test_items_and_runs_have_pages_of_their_own(anna: Reader) -> None:
    await posts(anna, "v2/datasets", name="many")
    for number in range(51):
        await posts(anna, "dataset-items", datasetName="many", id=f"i{number}", input=number)
    run = {"datasetItemId": "i0", "traceId": "t"}
    for number in range(51):
        await posts(anna, "dataset-run-items", runName=f"r{number}", **run)
    first = await anna.page(f"{PAGE}/many")
    second = await anna.data(f"{PAGE}/many?page=2")
    both = await anna.data(f"{PAGE}/many?page=2&runs=2")

    assert {"?page=2", "?runs=2"} <= set(links(first))
    assert (len(second["items"]["rows"]), len(second["runs"]["rows"])) == (1, 50)
    assert (len(both["items"]["rows"]), len(both["runs"]["rows"])) == (1, 1)
    assert "Nothing on this page" in await anna.page(f"{PAGE}/many?page=9&runs=9")


async def test_long_values_are_cut_before_they_are_read(anna: Reader) -> None:
    await posts(anna, "v2/datasets", name="long")
    await posts(anna, "dataset-items", datasetName="long", input="x" * 100_000)
    row = (await anna.data(f"{PAGE}/long"))["items"]["rows"][0]

    assert len(row["input"]) == 200


async def test_hostile_text_stays_text(anna: Reader) -> None:
    await posts(anna, "v2/datasets", name="hostile", description=HOSTILE)
    item = {"id": HOSTILE, "input": HOSTILE, "sourceTraceId": HOSTILE}
    await posts(anna, "dataset-items", datasetName="hostile", **item)
    run = {"runName": HOSTILE, "runDescription": HOSTILE}
    await posts(anna, "dataset-run-items", datasetItemId=HOSTILE, traceId="t", **run)
    for path in (PAGE, f"{PAGE}/hostile"):
        html = await anna.page(path)
        assert HOSTILE not in html
        assert "<img src=x" not in html


async def test_the_pages_lead_to_it(anna: Reader) -> None:
    assert PAGE in links(await anna.page("/project/project-a/traces"))


async def test_another_project_sees_nothing_of_it(anna: Reader, charlie: Reader) -> None:
    await filled(anna)

    assert (await charlie.data("/project/project-b/datasets"))["total"] == 0
    assert (await charlie.get("/project/project-b/datasets/qa%20set%2F1")).status_code == 404
    assert (await charlie.get(f"{PAGE}/qa%20set%2F1")).status_code == 404
