"""Login, logout, theme."""

from collections.abc import Mapping

import httpx
import pytest
from fastapi import FastAPI

from tests.web.conftest import EMAIL, PASSWORD, reading
from tests.web.reader import Reader
from web.pages.login import LoginGate

GOOD = {"email": EMAIL, "password": PASSWORD}
OWN = {"sec-fetch-site": "same-origin"}


async def logs_in(
    person: Reader, headers: Mapping[str, str] = OWN, /, **more: str
) -> httpx.Response:
    return await person.http.post("/login", data={**GOOD, **more}, headers=headers)


async def test_the_right_password_opens_the_page_that_was_asked_for(visitor: Reader) -> None:
    answer = await logs_in(visitor, next="/project/project-a/costs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/project/project-a/costs")
    assert "<h1>Costs</h1>" in await visitor.page("/project/project-a/costs")


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visitor: Reader) -> None:
    cookie = (await logs_in(visitor)).headers["set-cookie"]
    assert cookie.startswith("understudy=")
    for part in ("HttpOnly", "SameSite=lax", "Path=/", "Max-Age="):
        assert part in cookie
    assert "Secure" not in cookie


async def test_over_https_the_cookie_is_bound_to_the_host(app: FastAPI) -> None:
    async with reading(app, "https://testserver") as person:
        cookie = (await logs_in(person)).headers["set-cookie"]
        assert cookie.startswith("__Host-understudy=")
        assert "Secure" in cookie
        assert "<h1>Traces</h1>" in await person.page("/project/project-a/traces")


async def test_an_address_in_capitals_is_the_same_person(visitor: Reader) -> None:
    assert (await logs_in(visitor, email=EMAIL.upper())).status_code == 303


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"email": "nobody@example.org"}, {"password": ""}]
)
async def test_a_wrong_pair_says_neither_which(visitor: Reader, wrong: dict[str, str]) -> None:
    answer = await logs_in(visitor, **wrong)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_form_keeps_the_address_and_never_the_password(visitor: Reader) -> None:
    text = (await logs_in(visitor, email='"><b>', password="hunter22")).text
    assert 'value="&#34;&gt;&lt;b&gt;"' in text
    assert "hunter22" not in text


async def test_login_never_leads_away(visitor: Reader) -> None:
    answer = await logs_in(visitor, next="//evil.example/")
    assert answer.headers["location"] == "/"


async def test_the_sixth_attempt_in_a_minute_must_wait(visitor: Reader) -> None:
    for _ in range(5):
        assert (await logs_in(visitor, password="wrong")).status_code == 401
    answer = await logs_in(visitor)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 60


async def test_one_address_may_not_try_many_people(visitor: Reader) -> None:
    answers = [
        await logs_in(visitor, email=f"{number}@example.org", password="x") for number in range(11)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]


async def test_when_too_many_wait_for_their_password_the_next_is_told_to_come_back(
    app: FastAPI, visitor: Reader
) -> None:
    await logs_in(visitor, password="wrong")
    gate: LoginGate = app.state.login_gate
    gate.waiting = 8
    answer = await logs_in(visitor)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Try again" in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver:81"},
    ],
)
async def test_forms_of_other_sites_are_refused(anna: Reader, headers: dict[str, str]) -> None:
    for path in ("/login", "/logout", "/theme"):
        answer = await anna.http.post(path, data=GOOD, headers=headers)
        assert answer.status_code == 403
        assert "set-cookie" not in answer.headers
    assert "<h1>Traces</h1>" in await anna.page("/project/project-a/traces")


@pytest.mark.parametrize(
    "headers", [{"sec-fetch-site": "none"}, {"origin": "http://testserver"}, {}]
)
async def test_our_own_forms_are_taken(visitor: Reader, headers: dict[str, str]) -> None:
    assert (await logs_in(visitor, headers)).status_code == 303


async def test_someone_logged_in_is_sent_on(anna: Reader) -> None:
    answer = await anna.get("/login?next=/project/project-a/setup")
    assert answer.headers["location"] == "/project/project-a/setup"


async def test_logout_ends_the_session_for_good(anna: Reader) -> None:
    token = anna.http.cookies["understudy"]
    answer = await anna.http.post("/logout", headers=OWN)
    assert answer.headers["location"] == "/login"
    assert "understudy" not in anna.http.cookies
    anna.http.cookies.set("understudy", token, domain="testserver.local")
    assert (await anna.get("/")).headers["location"] == "/login?next=%2F"


async def test_a_form_may_not_be_endless(visitor: Reader) -> None:
    answer = await logs_in(visitor, password="x" * 10_000)
    assert answer.status_code == 413
    answer = await logs_in(visitor, **{f"field{number}": "" for number in range(30)})
    assert answer.status_code == 400


async def test_a_theme_is_kept_by_the_browser_and_taken_back(visitor: Reader) -> None:
    chosen = {"theme": "dark", "next": "/login"}
    answer = await visitor.http.post("/theme", data=chosen, headers=OWN)
    assert answer.headers["location"] == "/login"
    assert '<html lang="en" data-theme="dark">' in await visitor.page("/login")
    await visitor.http.post("/theme", data={"theme": "system"}, headers=OWN)
    assert '<html lang="en">' in await visitor.page("/login")


async def test_a_theme_we_do_not_have_changes_nothing(visitor: Reader) -> None:
    visitor.http.cookies.set("understudy-theme", '"><script>')
    assert '<html lang="en">' in await visitor.page("/login")
