"""What a first start makes, with LANGFUSE_INIT_* and without."""

import dataclasses
from typing import Any

import pytest

from collector.errors import Unauthorized
from collector.registry import organisations, projects
from collector.registry.keys import KeyPair
from collector.registry.provisioning import FirstRun
from collector.registry.registry import Registry
from collector.settings import Settings
from tests.registry.headers import basic

PAIR = KeyPair("pk-lf-given", "sk-lf-given")


@pytest.fixture
def given(registry_settings: Settings) -> Settings:
    return dataclasses.replace(
        registry_settings,
        init_org_id="org",
        init_project_id="project",
        init_project_name="Chat",
        init_project_retention_days=30,
        init_project_public_key=PAIR.public_key,
        init_project_secret_key=PAIR.secret_key,
        init_user_email="Alice@Example.org",
        init_user_password="pass",
    )


async def started(settings: Settings, **changes: Any) -> Registry:
    """As after a restart with these settings, the mirror's upkeep done."""
    (settings.data_dir / "mirror.sqlite").unlink(missing_ok=True)
    return await Registry.open(dataclasses.replace(settings, **changes))


async def test_everything_given_is_there(given: Settings) -> None:
    registry = await started(given)
    access = await registry.authenticate(basic(PAIR))
    project = await registry.project("project")
    login = await registry.login("alice@example.org", "pass")
    role = await registry.role_in(login.user.id, "project")
    await registry.close()

    assert (access.project_id, access.organization_id) == ("project", "org")
    assert (project.name, project.retention_days) == ("Chat", 30)
    assert (project.organisation_name, login.user.name) == ("Provisioned Org", "Provisioned User")
    assert role == "OWNER"
    assert registry.first_run is None


async def test_a_second_start_changes_nothing_that_people_changed(given: Settings) -> None:
    registry = await started(given)
    await registry.set_password("alice@example.org", "her own password")
    await registry.close()
    registry = await started(given, init_project_name="Other", init_org_name="Other")
    await registry.login("alice@example.org", "her own password")
    project = await registry.project("project")
    keys = await registry.keys()
    await registry.close()

    assert (project.name, project.organisation_name) == ("Chat", "Provisioned Org")
    assert [key.public_key for key in keys] == [PAIR.public_key]


async def test_a_pair_moves_to_the_project_that_is_named(given: Settings) -> None:
    registry = await started(given)
    await registry.close()
    registry = await started(given, init_project_id="second", init_project_name="Second")
    access = await registry.authenticate(basic(PAIR))
    await registry.close()

    assert access.project_id == "second"


async def test_a_new_secret_replaces_the_old(given: Settings) -> None:
    registry = await started(given)
    await registry.close()
    registry = await started(given, init_project_secret_key="sk-lf-new")
    access = await registry.authenticate(basic(KeyPair(PAIR.public_key, "sk-lf-new")))
    with pytest.raises(Unauthorized):
        await registry.authenticate(basic(PAIR))
    await registry.close()

    assert access.project_id == "project"


async def test_a_new_salt_does_not_shut_the_given_pair_out(given: Settings) -> None:
    registry = await started(given)
    await registry.close()
    registry = await started(given, salt="another")
    access = await registry.authenticate(basic(PAIR))
    await registry.close()

    assert access.project_id == "project"


async def test_a_deleted_project_is_not_made_again(given: Settings) -> None:
    registry = await started(given)
    await registry.run(lambda c: projects.delete(c, "project"))
    await registry.close()
    registry = await started(given)
    listed = await registry.run(projects.every)
    await registry.close()

    assert listed == []


async def test_an_organisation_alone_is_enough(registry_settings: Settings) -> None:
    registry = await started(registry_settings, init_org_id="org", init_org_name="Ours")
    organisation = await registry.run(lambda c: organisations.find(c, "org"))
    listed = await registry.run(projects.every)
    await registry.close()

    assert organisation is not None
    assert organisation.name == "Ours"
    assert listed == []


async def test_with_no_setting_a_way_in_is_made_once(registry_settings: Settings) -> None:
    registry = await started(registry_settings)
    first = registry.first_run
    assert isinstance(first, FirstRun)
    access = await registry.authenticate(basic(KeyPair(first.public_key, first.secret_key)))
    login = await registry.login(first.email, first.password)
    entered = await registry.projects_of(login.user.id)
    await registry.close()
    again = await started(registry_settings)
    await again.close()

    assert access.project_id == first.project_id
    assert [(each.project.id, each.role) for each in entered] == [(first.project_id, "OWNER")]
    assert again.first_run is None
