"""PostgreSQL goes away and comes back."""

import asyncio
import dataclasses
import datetime as dt
import time
from pathlib import Path

import pytest
import time_machine

from collector.errors import Unauthorized, Unavailable
from collector.registry.keys import KeyPair, Scope, new_pair
from collector.registry.known import KeyLookup
from collector.registry.registry import Registry
from collector.settings import Settings
from tests.registry.headers import basic
from tests.registry.waiting import soon
from tests.servers.postgres import Postgres

PAIR = KeyPair("pk-lf-given", "sk-lf-given")


@pytest.fixture
def settings(own_postgres: Postgres, tmp_path: Path) -> Settings:
    return Settings(
        data_dir=tmp_path / "data",
        database_url=own_postgres.url,
        salt="salt",
        registry_timeout_seconds=2.0,
        init_org_id="org",
        init_project_id="project",
        init_project_public_key=PAIR.public_key,
        init_project_secret_key=PAIR.secret_key,
    )


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_known_keys_are_good_and_the_rest_waits(
    own_postgres: Postgres, settings: Settings, mode: str
) -> None:
    registry = await Registry.open(settings)
    own_postgres.stop(mode)
    started = time.monotonic()
    access = await registry.authenticate(basic(PAIR))
    bearer = await registry.authenticate(f"Bearer {PAIR.public_key}")
    project = await registry.project("project")
    seconds = time.monotonic() - started
    with pytest.raises(Unavailable, match=r"^Service Unavailable$"):
        await registry.authenticate(basic(new_pair()))
    with pytest.raises(Unavailable, match=r"PostgreSQL at 127.0.0.1"):
        await registry.login("alice@example.org", "password")
    own_postgres.start()
    with pytest.raises(Unauthorized):
        await registry.authenticate(basic(new_pair()))
    await registry.close()

    assert (access.project_id, bearer.level, project.id) == ("project", "scores", "project")
    assert seconds < 0.5


async def test_a_restart_without_postgresql_knows_the_keys(
    own_postgres: Postgres, settings: Settings
) -> None:
    registry = await Registry.open(settings)
    await registry.close()
    own_postgres.stop()
    registry = await Registry.open(settings)
    access = await registry.authenticate(basic(PAIR))
    with pytest.raises(Unavailable):
        await registry.keys()
    own_postgres.start()
    await soon(lambda: registry.prepared)
    listed = await registry.keys()
    await registry.create_key(Scope("project"), new_pair())
    await registry.close()

    assert access.project_id == "project"
    assert [key.public_key for key in listed] == [PAIR.public_key]


async def test_what_init_gives_is_made_when_postgresql_returns(
    own_postgres: Postgres, settings: Settings
) -> None:
    registry = await Registry.open(settings)
    await registry.close()
    own_postgres.stop()
    later = dataclasses.replace(settings, init_project_id="second")
    registry = await Registry.open(later)
    own_postgres.start()
    await soon(lambda: registry.prepared)
    access = await registry.authenticate(basic(PAIR))
    await registry.close()

    assert access.project_id == "second"


async def test_a_first_start_without_postgresql_says_so(
    own_postgres: Postgres, settings: Settings
) -> None:
    own_postgres.stop()

    with pytest.raises(Unavailable, match=r"PostgreSQL at 127\.0\.0\.1:\d+/postgres"):
        await Registry.open(settings)


async def test_a_mirror_older_than_a_day_vouches_for_nobody(
    own_postgres: Postgres, settings: Settings
) -> None:
    registry = await Registry.open(settings)
    await registry.close()
    own_postgres.stop()
    now = dt.datetime.now(dt.UTC)
    for hours, good in ((23, True), (25, False)):
        registry = await Registry.open(settings)
        with time_machine.travel(now + dt.timedelta(hours=hours)):
            asked = registry.authenticate(basic(PAIR))
            answer = (await asyncio.gather(asked, return_exceptions=True))[0]
        await registry.close()

        assert isinstance(answer, Unavailable) != good


async def test_a_connection_that_was_cut_is_replaced_unseen(
    own_postgres: Postgres, settings: Settings
) -> None:
    registry = await Registry.open(settings)
    await registry.keys()
    own_postgres.stop("immediate")
    own_postgres.start()
    listed = await registry.keys()
    await registry.close()

    assert len(listed) == 1


async def test_a_key_revoked_by_somebody_else_is_bad_after_the_next_copy(
    settings: Settings, tmp_path: Path
) -> None:
    ours = await Registry.open(dataclasses.replace(settings, mirror_fresh_seconds=0.4))
    theirs = await Registry.open(dataclasses.replace(settings, data_dir=tmp_path / "theirs"))
    given = KeyLookup(False, PAIR.public_key)
    await ours.authenticate(basic(PAIR))
    await theirs.revoke_key(PAIR.public_key)
    await soon(lambda: ours.mirror.key(given) is None)
    with pytest.raises(Unauthorized):
        await ours.authenticate(basic(PAIR))
    await ours.close()
    await theirs.close()


async def test_a_wrong_password_is_a_sentence_without_it(
    own_postgres: Postgres, settings: Settings
) -> None:
    hba = own_postgres.folder / "pg_hba.conf"
    own_postgres.stop()
    hba.write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    own_postgres.start()
    url = own_postgres.url.replace("postgres@", "postgres:secret-word@")

    with pytest.raises(Unavailable, match="password authentication failed") as caught:
        await Registry.open(dataclasses.replace(settings, database_url=url))

    assert "secret-word" not in caught.value.message
