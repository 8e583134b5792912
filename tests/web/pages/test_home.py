"""Ways in."""

import pytest

from collector.services import Services
from tests.web.conftest import PASSWORD
from tests.web.examples import chat
from tests.web.reader import Reader


async def test_home_is_the_first_project(anna: Reader) -> None:
    answer = await anna.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/project/project-a/traces")


async def test_someone_without_a_project_is_told_so(visitor: Reader, services: Services) -> None:
    await services.registry.create_user("dora@example.org", "Dora", PASSWORD)
    await visitor.has_session_of(services, "dora@example.org")
    assert "not a member of any project" in await visitor.page("/")


async def test_a_trace_is_found_by_its_id_alone(anna: Reader) -> None:
    await anna.sends(chat("t/1 ä"))
    answer = await anna.get("/trace/t%2F1%20%C3%A4")
    assert answer.headers["location"] == "/project/project-a/traces/t%2F1%20%C3%A4"
    assert "chat-completion" in await anna.page(answer.headers["location"])


async def test_a_trace_that_nobody_has_is_not_found(anna: Reader) -> None:
    assert (await anna.get("/trace/none")).status_code == 404


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("", "/traces"),
        ("/sessions/s%2F1", "/traces?session=s%2F1"),
        ("/users/a%40b", "/traces?user=a%40b"),
    ],
)
async def test_links_of_sdks_lead_to_the_traces_they_mean(
    anna: Reader, path: str, location: str
) -> None:
    answer = await anna.get(f"/project/project-a{path}")
    assert answer.headers["location"] == f"/project/project-a{location}"


async def test_several_projects_can_be_switched_between(anna: Reader, services: Services) -> None:
    from collector.registry import projects

    await services.registry.run(lambda c: projects.create(c, "org-a", "Other", project_id="other"))
    html = await anna.page("/project/project-a/traces")
    assert 'href="/project/other/traces"' in html
