"""The list of prompts and the page of one."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.web.examples import HOSTILE, event
from tests.web.reader import Reader, links, tags

PAGE = "/project/project-a/prompts"
CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "You are {{who}}"},
    {"type": "placeholder", "name": "history"},
    {"role": "narrator", "content": "meanwhile"},
]


async def test_the_list_shows_names_with_versions_labels_and_tags(anna: Reader) -> None:
    await anna.makes_prompt(name="greet", prompt="1", labels=["production"], tags=["t1"])
    made = await anna.makes_prompt(name="greet", prompt="2", labels=["blue"])
    await anna.makes_prompt(name="folder/chat", type="chat", prompt=CHAT)
    found = await anna.data(PAGE)

    assert [row["name"] for row in found["rows"]] == ["folder/chat", "greet"]
    row = found["rows"][1]
    assert (row["type"], row["versions"], row["tags"]) == ("text", [1, 2], ["t1"])
    assert row["labels"] == ["blue", "latest", "production"]
    assert made["updatedAt"]
    html = await anna.page(PAGE)
    for words in ("folder/chat", "production", "t1", ">2 versions<"):
        assert words in html
    assert f"{PAGE}/folder%2Fchat" in links(html)


async def test_without_any_the_page_says_how_to_make_one(anna: Reader) -> None:
    html = await anna.page(PAGE)
    assert "No prompts yet" in html
    assert "Hello {{name}}" in html
    assert (await anna.data(PAGE))["total"] == 0


async def test_pages_follow_each_other(anna: Reader) -> None:
    for number in range(51):
        await anna.makes_prompt(name=f"p{number:02}", prompt="x")
    first, second = [(await anna.data(PAGE + query))["rows"] for query in ("", "?page=2")]
    assert (len(first), [row["name"] for row in second]) == (50, ["p50"])
    assert "?page=2" in links(await anna.page(PAGE))
    assert "Nothing on this page" in await anna.page(PAGE + "?page=9")


async def test_one_prompt_shows_its_newest_version_or_another(anna: Reader) -> None:
    await anna.makes_prompt(name="f/p", prompt="first text", labels=["production"])
    await anna.makes_prompt(
        name="f/p", prompt="second text", config={"temperature": 0.2}, commitMessage="better"
    )
    path = f"{PAGE}/f%2Fp"
    newest, first = await anna.data(path), await anna.data(path + "?version=1")

    assert newest["prompt"]["version"] == 2
    assert newest["prompt"]["messages"][0]["text"] == "second text"
    assert (first["prompt"]["version"], first["prompt"]["labels"]) == (1, ["production"])
    assert [entry["version"] for entry in newest["versions"]] == [2, 1]
    assert (await anna.data(path + "?label=production"))["prompt"]["version"] == 1
    assert (await anna.data(path + "?version=x"))["prompt"]["version"] == 2
    html = await anna.page(path)
    for words in ("second text", "&#34;temperature&#34;: 0.2", "better", "latest"):
        assert words in html
    assert "first text" not in html
    assert path + "?version=1" in links(html)


async def test_a_chat_shows_who_says_what(anna: Reader) -> None:
    await anna.makes_prompt(name="chat", type="chat", prompt=CHAT)
    html = await anna.page(f"{PAGE}/chat")
    for words in ("<h3>system</h3>", "You are {{who}}", "history", "<h3>narrator</h3>"):
        assert words in html
    classes = [attributes.get("class") for tag, attributes in tags(html) if tag == "article"]
    assert classes == ["message role-system", "message role-other", "message role-other"]


async def test_references_lead_to_the_other_prompt(anna: Reader) -> None:
    await anna.makes_prompt(name="f/c", prompt="c", labels=["l"])
    both = [f"@@@langfusePrompt:name=f/c|{wanted}@@@" for wanted in ("version=1", "label=l")]
    await anna.makes_prompt(name="p", prompt=" ".join(both))
    found = links(await anna.page(f"{PAGE}/p"))
    assert {f"{PAGE}/f%2Fc?version=1", f"{PAGE}/f%2Fc?label=l"} <= set(found)


async def test_hostile_text_stays_text(anna: Reader) -> None:
    chat = [{"role": HOSTILE, "content": HOSTILE}]
    name = "a&\"'\u202e b"
    await anna.makes_prompt(
        name=name,
        type="chat",
        prompt=chat,
        config={HOSTILE: HOSTILE},
        tags=[HOSTILE],
        commitMessage=HOSTILE,
    )
    version = await anna.http.patch(
        f"/api/public/v2/prompts/{quote(name)}/versions/1",
        json={"newLabels": [HOSTILE]},
        headers={"authorization": anna.authorization},
    )
    assert version.status_code == 200
    for path in (PAGE, f"{PAGE}/{quote(name, safe='')}"):
        html = await anna.page(path)
        assert HOSTILE not in html
        assert "<img src=x" not in html


async def test_long_texts_and_many_messages_are_cut(anna: Reader) -> None:
    await anna.makes_prompt(name="long", prompt="x" * 70_000)
    many = [{"role": "user", "content": "y"}] * 201
    await anna.makes_prompt(name="many", type="chat", prompt=many)
    for name in ("long", "many"):
        assert "Not all of it is shown here" in await anna.page(f"{PAGE}/{name}")
    found = await anna.data(f"{PAGE}/long")
    assert len(found["prompt"]["messages"][0]["text"]) == 65_536


@pytest.mark.parametrize("path", ["none", "p?version=2", "p?label=blue", "p?version=9" + "9" * 14])
async def test_what_is_not_there_is_a_404_page(anna: Reader, path: str) -> None:
    await anna.makes_prompt(name="p", prompt="x")
    answer = await anna.get(f"{PAGE}/{path}")
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


async def test_the_pages_lead_to_it(anna: Reader) -> None:
    assert PAGE in links(await anna.page("/project/project-a/traces"))


async def test_an_observation_leads_to_its_prompt(anna: Reader) -> None:
    await anna.makes_prompt(name="f/p", prompt="x")
    told = {"traceId": "t1", "name": "g", "promptVersion": 1}
    await anna.sends(
        [
            event("trace-create", id="t1"),
            event("generation-create", id="o1", promptName="f/p", **told),
            event("generation-create", id="o2", promptName="unknown", **told),
        ]
    )
    path = "/project/project-a/traces/t1"
    assert f"{PAGE}/f%2Fp?version=1" in links(await anna.page(path + "?o=o1"))
    assert "unknown v1" in await anna.page(path + "?o=o2")


async def test_another_project_sees_nothing_of_it(anna: Reader, charlie: Reader) -> None:
    await anna.makes_prompt(name="p", prompt="x")
    assert (await charlie.data("/project/project-b/prompts"))["total"] == 0
    assert (await charlie.get("/project/project-b/prompts/p")).status_code == 404
