"""`understudy migrate`, on both engines."""

import dataclasses
import json

import pytest

from collector.registry.migrate import NEWEST
from tests.commands.conftest import Shell


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, bare: Shell) -> Shell:
    if request.param == "sqlite":
        return bare
    url = request.getfixturevalue("postgres_url")
    return dataclasses.replace(bare, environ={**bare.environ, "DATABASE_URL": url})


def test_an_empty_registry_is_brought_to_the_newest_revision(empty: Shell) -> None:
    before = empty("migrate", "--check")
    done = empty("migrate")
    again = empty("migrate", "--json")
    after = empty("migrate", "--check")

    assert (before.code, done.code, again.code, after.code) == (1, 0, 0, 0)
    assert done.out == f"the registry was empty and is at revision {NEWEST} now\n"
    assert json.loads(again.out)["before"] == NEWEST


def test_while_the_service_runs_there_is_nothing_to_do(shell: Shell) -> None:
    shell("keys", "list")
    done = shell("migrate")

    assert (done.code, done.out) == (0, f"the registry is at revision {NEWEST}, the newest\n")


def test_a_registry_that_is_away_is_a_sentence(bare: Shell) -> None:
    done = bare("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")

    assert done.code == 1
    assert done.err.startswith("understudy migrate: PostgreSQL at 127.0.0.1:1/nothing cannot be")
