"""`understudy init`: what two init jobs do for a Langfuse deployment."""

import asyncio

import asyncpg
import pytest

from tests.commands.conftest import Shell
from tests.servers.postgres import Postgres
from tests.servers.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed


@pytest.fixture
def guarded(own_postgres: Postgres) -> Postgres:
    """A server that asks for passwords."""
    own_postgres.execute("alter role postgres password 'root secret'")
    rules = "host all all 127.0.0.1/32 scram-sha-256\nlocal all all trust\n"
    (own_postgres.folder / "pg_hba.conf").write_text(rules)
    own_postgres.stop()
    own_postgres.start()
    return own_postgres


def environ(server: Postgres) -> dict[str, str]:
    return {
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(server.port),
        "POSTGRES_PASSWORD": "root secret",
        "LANGFUSE_DB_PASSWORD": 'it\'s \\ a "secret"',
    }


def test_the_user_and_the_database_it_owns_are_made_once(guarded: Postgres, bare: Shell) -> None:
    first = bare("init", **environ(guarded))
    second = bare("init", **environ(guarded))

    assert (first.code, first.err) == (0, "")
    assert first.out.splitlines()[:2] == [
        "postgresql: made user langfuse",
        "postgresql: made database langfuse, owned by langfuse",
    ]
    assert second.out.splitlines()[:2] == [
        "postgresql: found user langfuse",
        "postgresql: found database langfuse, owned by langfuse",
    ]


def test_the_service_can_use_what_was_made(guarded: Postgres, bare: Shell) -> None:
    given = environ(guarded)
    bare("init", "--username", "un der", "--database", 'tra"ces', **given)
    parts = {
        "DATABASE_HOST": "127.0.0.1",
        "DATABASE_PORT": str(guarded.port),
        "DATABASE_USERNAME": "un der",
        "DATABASE_NAME": 'tra"ces',
        "DATABASE_PASSWORD": given["LANGFUSE_DB_PASSWORD"],
    }
    done = bare("migrate", **parts)

    assert (done.code, done.err) == (0, "")


def test_names_are_taken_from_the_service_s_address(guarded: Postgres, bare: Shell) -> None:
    url = f"postgresql://traces:pass%20word@127.0.0.1:{guarded.port}/observations"
    given = environ(guarded) | {"LANGFUSE_DB_PASSWORD": "", "DATABASE_URL": url}
    made = bare("init", **given)
    asyncio.run(log_in(url))

    assert "made database observations, owned by traces" in made.out


async def log_in(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.close()


def test_a_wrong_password_is_a_sentence(guarded: Postgres, bare: Shell) -> None:
    done = bare("init", **environ(guarded) | {"POSTGRES_PASSWORD": "wrong"})

    assert done.code == 1
    assert "does not let postgres in" in done.err
    assert done.err.count("\n") == 1


def test_a_user_cannot_be_made_without_a_password(guarded: Postgres, bare: Shell) -> None:
    done = bare("init", **environ(guarded) | {"LANGFUSE_DB_PASSWORD": ""})

    assert done.code == 1
    assert "set LANGFUSE_DB_PASSWORD" in done.err


def test_a_server_that_is_away_is_a_sentence(bare: Shell) -> None:
    done = bare("init", POSTGRES_HOST="127.0.0.1", POSTGRES_PORT="1")

    assert done.code == 1
    assert "check POSTGRES_HOST and POSTGRES_PASSWORD" in done.err


def test_the_bucket_is_made_once(seaweed: Seaweed, bare: Shell) -> None:
    given = {
        "LANGFUSE_S3_EVENT_UPLOAD_BUCKET": "made-by-init",
        "LANGFUSE_S3_EVENT_UPLOAD_ENDPOINT": seaweed.endpoint,
        "LANGFUSE_S3_EVENT_UPLOAD_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "LANGFUSE_S3_EVENT_UPLOAD_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }
    first = bare("init", **given)
    second = bare("init", **given)

    assert (first.code, second.code) == (0, 0)
    assert "s3: made bucket made-by-init\n" in first.out
    assert "s3: found bucket made-by-init\n" in second.out


def test_with_nothing_configured_there_is_nothing_to_make(bare: Shell) -> None:
    done = bare("init")

    assert done.code == 0
    assert done.out.count("nothing to make") == 2
