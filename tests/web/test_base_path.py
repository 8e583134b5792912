"""The service below a path of a larger site."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.conftest import EMAIL, PASSWORD, make_settings, reading, running
from tests.web.examples import chat
from tests.web.reader import Reader, tags

BASE = "/x/y"
PAGES = (
    "traces",
    "traces?name=zzz",
    "traces/t1",
    "costs",
    "guardrails",
    "datasets",
    "rejected",
    "prompts",
    "prompts/f%2Fp",
    "setup",
    "none",
)


@pytest.fixture
async def below(tmp_path: Path) -> AsyncIterator[Reader]:
    """Logged in through the form, below the base path."""
    async with running(make_settings(tmp_path, base_path=BASE)) as app, reading(app) as person:
        await person.http.post(BASE + "/login", data={"email": EMAIL, "password": PASSWORD})
        await person.sends(chat("t1"))
        await person.makes_prompt(BASE, name="f/p", prompt="hi")
        yield person


async def test_every_address_on_a_page_stays_below_it(below: Reader) -> None:
    for page in PAGES:
        check_addresses((await below.get(f"{BASE}/project/project-a/{page}")).text)


def check_addresses(html: str) -> None:
    addresses = [
        attributes[name] or ""
        for _, attributes in tags(html)
        for name in ("href", "src", "action", "hx-get")
        if name in attributes
    ]
    assert len(addresses) > 8
    for address in addresses:
        assert address.startswith((BASE + "/", "?", "#")) or not address, address


async def test_redirects_and_the_cookie_stay_below_it(below: Reader) -> None:
    assert (await below.get(BASE + "/")).headers["location"] == f"{BASE}/project/project-a/traces"
    answer = await below.http.post(BASE + "/logout")
    assert answer.headers["location"] == f"{BASE}/login"
    assert f"Path={BASE}" in answer.headers["set-cookie"]
    answer = await below.get(f"{BASE}/project/project-a/costs")
    assert answer.headers["location"] == f"{BASE}/login?next=%2Fproject%2Fproject-a%2Fcosts"


async def test_snippets_name_the_path(below: Reader) -> None:
    assert "http://testserver/x/y/api/public/otel" in await below.page(
        f"{BASE}/project/project-a/setup"
    )
