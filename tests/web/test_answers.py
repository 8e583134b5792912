"""What every answer carries, and errors as pages."""

import pytest

from tests.web.examples import chat
from tests.web.reader import Reader, tags

PAGES = (
    "traces",
    "traces/t1",
    "costs",
    "guardrails",
    "datasets",
    "rejected",
    "prompts",
    "prompts/f%2Fp",
    "setup",
    "datasets/x",
    "traces/none",
)


@pytest.fixture
async def filled(anna: Reader) -> Reader:
    await anna.sends(chat("t1"))
    await anna.makes_prompt(name="f/p", prompt="hi")
    return anna


async def test_every_page_carries_the_strict_headers(filled: Reader) -> None:
    for path in (*PAGES, "traces/t1/raw", "traces/new?after=0"):
        headers = (await filled.get(f"/project/project-a/{path}")).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


async def test_every_page_needs_nothing_the_policy_forbids(filled: Reader) -> None:
    for path in PAGES:
        html = (await filled.get(f"/project/project-a/{path}")).text
        for tag, attributes in tags(html):
            assert "style" not in attributes
            assert not [name for name in attributes if name.startswith("on")]
            assert tag != "style"
            if tag == "script":
                assert (attributes["src"] or "").startswith("/static/")


async def test_every_page_has_one_heading_landmarks_and_captions(filled: Reader) -> None:
    for path in PAGES:
        html = (await filled.get(f"/project/project-a/{path}")).text
        names = [tag for tag, _ in tags(html)]
        assert names.count("h1") == names.count("main") == 1
        assert names.count("table") == names.count("caption")
        assert {"header", "nav", "footer"} <= set(names)
        ids = [attributes["id"] for _, attributes in tags(html) if "id" in attributes]
        assert len(ids) == len(set(ids))


async def test_pages_are_never_kept_by_caches(filled: Reader) -> None:
    headers = (await filled.get("/project/project-a/traces")).headers
    assert headers["cache-control"] == "private, no-store"
    assert "HX-Request" in headers["vary"]


async def test_a_missing_page_is_a_page(anna: Reader) -> None:
    answer = await anna.get("/project/project-a/evals/e1")
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text


async def test_an_error_as_data_is_json(anna: Reader) -> None:
    answer = await anna.get("/project/project-a/nowhere?format=json")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


async def test_paths_outside_the_pages_stay_the_apis(anna: Reader) -> None:
    answer = await anna.get("/nowhere")
    assert answer.headers["content-type"].startswith("application/json")
