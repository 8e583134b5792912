"""Keys: what each opens, and what a refusal looks like."""

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from tests.api.people import Person
from web.access import for_everyone, for_members, for_viewers

# How pages declare who may see them.
PAGES: dict[Any, str] = {for_everyone: "public", for_viewers: "login", for_members: "project"}
LIST = "/api/public/traces"
HINT = ". Confirm that you've configured the correct host."


def declared_permissions(route: BaseRoute) -> set[str]:
    """Of the endpoint itself and of everything it depends on."""
    found = {getattr(getattr(route, "endpoint", None), "permission", None)}
    waiting: list[Dependant] = [route.dependant] if isinstance(route, APIRoute) else []
    while waiting:
        dependant = waiting.pop()
        found.add(getattr(dependant.call, "permission", PAGES.get(dependant.call)))
        waiting += dependant.dependencies
    return {name for name in found if name is not None}


async def test_every_route_declares_who_may_call_it(app: FastAPI) -> None:
    undeclared = [
        getattr(route, "path", route) for route in app.routes if not declared_permissions(route)
    ]
    assert undeclared == []
    assert len(app.routes) > 20


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "No authorization header"),
        ("Digest x", "Invalid authorization header"),
        ("Basic cGstbGYteDpzay1sZi15", "Invalid credentials" + HINT),
        ("Basic !!!", "Invalid character" + HINT),
        ("Bearer pk-lf-unknown", "Invalid public key" + HINT),
    ],
)
async def test_a_bad_key_is_told_why(nobody: Person, header: str | None, message: str) -> None:
    answer = await nobody.get(LIST, headers={"authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.json() == {"message": message}


async def test_a_bad_key_with_a_bad_query_is_401(nobody: Person) -> None:
    assert (await nobody.get(LIST + "?page=0")).status_code == 401


async def test_a_public_key_alone_reads_nothing(nobody: Person) -> None:
    answer = await nobody.get(LIST, headers={"authorization": "Bearer pk-lf-alice"})
    assert answer.status_code == 403
    assert answer.json() == {
        "message": "Access denied - insufficient permissions for this endpoint"
    }


async def test_an_organisation_key_opens_no_project(olivia: Person) -> None:
    assert (await olivia.get(LIST)).status_code == 403


async def test_the_ingestion_doors_name_the_class_of_a_401(nobody: Person, olivia: Person) -> None:
    for person in (nobody, olivia):
        answer = await person.post("/api/public/ingestion", json={"batch": []})
        assert answer.status_code == 401
        assert answer.json()["error"] == "UnauthorizedError"


async def test_projects_are_the_key_s_own(client: Person, bob: Person, charlie: Person) -> None:
    mine = {
        "id": "project-a",
        "name": "Project A",
        "organization": {"id": "org-a", "name": "A"},
        "metadata": {},
    }
    assert await client.reads("/api/public/projects") == {"data": [mine]}
    assert await bob.reads("/api/public/projects") == {"data": [mine]}
    assert (await charlie.reads("/api/public/projects"))["data"][0]["id"] == "project-c"


async def test_an_organisation_key_is_told_apart_at_the_projects(olivia: Person) -> None:
    answer = await olivia.get("/api/public/projects")
    assert answer.status_code == 403
    assert answer.json() == {"message": "Invalid API key. Are you using an organization key?"}


async def test_only_an_organisation_key_lists_its_projects(olivia: Person, client: Person) -> None:
    listed = await olivia.reads("/api/public/organizations/projects")
    assert {project["id"] for project in listed["projects"]} == {"project-a", "project-c"}
    refused = await client.get("/api/public/organizations/projects")
    assert refused.status_code == 403
    assert refused.json() == {
        "error": "Invalid API key. Organization-scoped API key required for this operation."
    }
