"""Organisations, projects, users, memberships, checkpoints: each on both engines."""

import pytest

from collector.errors import Conflict, InvalidRequest, NotFound
from collector.registry import checkpoints, memberships, organisations, projects
from collector.registry.registry import Registry


async def test_an_organisation_is_found_by_id(registry: Registry, organisation_id: str) -> None:
    found = await registry.run(lambda c: organisations.find(c, organisation_id))
    nobody = await registry.run(lambda c: organisations.find(c, "nobody"))

    assert found is not None
    assert (found.id, found.name, found.metadata) == (organisation_id, "Test organisation", {})
    assert nobody is None


async def test_organisations_are_listed_by_name(registry: Registry, organisation_id: str) -> None:
    listed = await registry.run(organisations.every)

    assert [each.name for each in listed] == ["My organisation", "Test organisation"]


async def test_a_project_knows_its_organisation(registry: Registry, project_id: str) -> None:
    found = await registry.project(project_id)

    assert (found.name, found.organisation_name) == ("Test project", "Test organisation")
    assert found.retention_days is None


async def test_a_project_name_is_taken_once_per_organisation(
    registry: Registry, organisation_id: str, project_id: str
) -> None:
    with pytest.raises(Conflict, match="Test project"):
        await registry.run(lambda c: projects.check_name(c, organisation_id, "Test project"))


@pytest.mark.parametrize("name", ["ab", "a" * 61])
async def test_a_project_name_has_3_to_60_characters(
    registry: Registry, organisation_id: str, name: str
) -> None:
    with pytest.raises(InvalidRequest, match="3 to 60"):
        await registry.run(lambda c: projects.check_name(c, organisation_id, name))


async def test_the_name_of_a_deleted_project_is_free(
    registry: Registry, organisation_id: str, project_id: str
) -> None:
    await registry.run(lambda c: projects.delete(c, project_id))
    await registry.run(lambda c: projects.check_name(c, organisation_id, "Test project"))
    await registry.run(lambda c: projects.create(c, organisation_id, "Test project"))
    listed = await registry.run(lambda c: projects.every(c, organisation_id))

    assert len(listed) == 1
    assert listed[0].id != project_id


async def test_a_deleted_project_is_not_found(registry: Registry, project_id: str) -> None:
    await registry.run(lambda c: projects.delete(c, project_id))

    with pytest.raises(NotFound):
        await registry.project(project_id)


async def test_retention_of_zero_days_is_none(registry: Registry, project_id: str) -> None:
    await registry.run(lambda c: projects.set_retention(c, project_id, 7))
    seven = await registry.run(lambda c: projects.find(c, project_id))
    await registry.run(lambda c: projects.set_retention(c, project_id, 0))
    none = await registry.run(lambda c: projects.find(c, project_id))

    assert seven is not None
    assert none is not None
    assert (seven.retention_days, none.retention_days) == (7, None)


async def test_an_email_address_is_taken_in_any_case(registry: Registry) -> None:
    user = await registry.create_user("Alice@Example.org", "Alice", "long enough")

    assert user.email == "alice@example.org"
    with pytest.raises(Conflict, match=r"alice@example.org"):
        await registry.create_user("ALICE@example.org", "Alice", "long enough")


@pytest.mark.parametrize(
    ("email", "password", "words"),
    [
        ("alice", "long enough", "not an e-mail address"),
        ("a lice@example.org", "long enough", "not an e-mail address"),
        ("alice@example.org", "short", "shorter than 8"),
    ],
)
async def test_a_user_needs_an_address_and_a_password(
    registry: Registry, email: str, password: str, words: str
) -> None:
    with pytest.raises(InvalidRequest, match=words):
        await registry.create_user(email, "Alice", password)


async def test_alice_enters_bob_too_and_charlie_not(
    registry: Registry, organisation_id: str, project_id: str
) -> None:
    alice, bob, charlie = [
        await registry.create_user(f"{name}@example.org", name, "long enough")
        for name in ("alice", "bob", "charlie")
    ]
    await registry.run(lambda c: memberships.set_role(c, organisation_id, alice.id, "OWNER"))
    await registry.run(lambda c: memberships.set_role(c, organisation_id, bob.id, "VIEWER"))

    roles = [await registry.role_in(user.id, project_id) for user in (alice, bob, charlie)]
    entered = [await registry.projects_of(user.id) for user in (alice, bob, charlie)]

    assert roles == ["OWNER", "VIEWER", "NONE"]
    assert [[each.project.id for each in found] for found in entered] == [
        [project_id],
        [project_id],
        [],
    ]


async def test_a_project_overrides_the_organisation_s_role(
    registry: Registry, organisation_id: str, project_id: str
) -> None:
    bob = await registry.create_user("bob@example.org", "Bob", "long enough")
    await registry.run(lambda c: memberships.set_role(c, organisation_id, bob.id, "ADMIN"))
    await registry.run(lambda c: memberships.set_project_role(c, project_id, bob.id, "NONE"))
    shut_out = await registry.projects_of(bob.id)
    await registry.run(lambda c: memberships.set_project_role(c, project_id, bob.id, None))

    assert shut_out == []
    assert await registry.role_in(bob.id, project_id) == "ADMIN"


async def test_a_member_is_given_a_new_role(
    registry: Registry, organisation_id: str, project_id: str
) -> None:
    bob = await registry.create_user("bob@example.org", "Bob", "long enough")
    await registry.run(lambda c: memberships.set_role(c, organisation_id, bob.id, "VIEWER"))
    await registry.run(lambda c: memberships.set_role(c, organisation_id, bob.id, "MEMBER"))

    assert await registry.role_in(bob.id, project_id) == "MEMBER"


async def test_a_checkpoint_is_what_was_written_last(registry: Registry) -> None:
    nothing = await registry.run(lambda c: checkpoints.read(c, "export"))
    await registry.run(lambda c: checkpoints.write(c, "export", {"until_ms": 1}))
    await registry.run(lambda c: checkpoints.write(c, "export", {"until_ms": 2}))

    assert nothing is None
    assert await registry.run(lambda c: checkpoints.read(c, "export")) == {"until_ms": 2}
