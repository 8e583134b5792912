"""Who sees what."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

from collector.services import Services
from tests.web.examples import chat
from tests.web.reader import Reader
from web.access import for_everyone, for_members, for_viewers
from web.routes import PageRoute

DECLARED = {for_everyone, for_viewers, for_members}
PATHS = (
    *("", "/traces", "/traces/new?after=0", "/traces/t1", "/traces/t1/raw", "/costs"),
    *(
        "/traces/t1/observations/t1-llm/raw",
        "/guardrails",
        "/datasets",
        "/datasets/d",
        "/rejected",
        "/prompts",
        "/prompts/p",
        "/setup",
        "/sessions/s",
        "/users/u",
    ),
    "/anything",
)


def page_routes(app: FastAPI) -> list[APIRoute]:
    return [route for route in app.router.routes if isinstance(route, PageRoute)]


def test_every_page_declares_who_may_see_it(app: FastAPI) -> None:
    routes = page_routes(app)
    assert len(routes) >= 15
    for route in routes:
        declared = {dependency.call for dependency in route.dependant.dependencies}
        assert len(declared & DECLARED) == 1, route.path


def test_every_page_of_a_project_is_for_members(app: FastAPI) -> None:
    for route in page_routes(app):
        if route.path.startswith("/project/"):
            assert for_members in {each.call for each in route.dependant.dependencies}


async def test_without_a_login_every_page_leads_to_it(visitor: Reader) -> None:
    for path in PATHS:
        answer = await visitor.get(f"/project/project-a{path}")
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=%2Fproject%2Fproject-a")


async def test_without_a_login_data_is_401(visitor: Reader) -> None:
    answer = await visitor.get("/project/project-a/traces?format=json")
    assert answer.status_code == 401


async def test_to_a_stranger_the_project_does_not_exist(anna: Reader, charlie: Reader) -> None:
    await anna.sends(chat("t1"))
    for path in PATHS:
        theirs = await charlie.get(f"/project/project-a{path}")
        nowhere = await charlie.get(f"/project/project-zzz{path}")
        assert (theirs.status_code, nowhere.status_code) == (404, 404)
        assert theirs.text.replace("project-a", "project-zzz") == nowhere.text


async def test_a_trace_of_another_project_is_not_found_in_ones_own(
    anna: Reader, charlie: Reader
) -> None:
    await anna.sends(chat("t1"))
    for path in ("traces/t1", "traces/t1/raw", "traces/t1/observations/t1-llm/raw"):
        assert (await charlie.get(f"/project/project-b/{path}")).status_code == 404
    assert (await charlie.get("/trace/t1")).status_code == 404


async def test_a_role_without_rights_opens_nothing(anna: Reader, services: Services) -> None:
    from collector.registry import memberships, users

    registry = services.registry
    user = await registry.run(lambda c: users.find_by_email(c, "anna@example.org"))
    assert user is not None
    await registry.run(lambda c: memberships.set_project_role(c, "project-a", user.id, "NONE"))
    assert (await anna.get("/project/project-a/traces")).status_code == 404


async def test_a_session_that_was_ended_opens_nothing(anna: Reader, services: Services) -> None:
    token = anna.http.cookies["understudy"]
    await services.registry.logout(token)
    assert (await anna.get("/project/project-a/traces")).status_code == 303


async def test_an_api_key_is_no_login(visitor: Reader) -> None:
    headers = {"authorization": visitor.authorization}
    answer = await visitor.get("/project/project-a/traces", headers=headers)
    assert answer.status_code == 303
