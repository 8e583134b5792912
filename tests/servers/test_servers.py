"""The servers that other tests rely on do what those tests assume."""

import urllib.error
import urllib.request

import pytest

from tests.servers.ports import answers
from tests.servers.postgres import Postgres
from tests.servers.seaweed import Seaweed


def test_postgres_is_version_18(postgres: Postgres) -> None:
    version = postgres.execute("show server_version")[0][0]

    assert version.startswith("18")


def test_postgres_can_be_stopped_and_started(own_postgres: Postgres) -> None:
    own_postgres.stop("immediate")
    stopped = not answers(own_postgres.port)
    own_postgres.start()

    assert (stopped, answers(own_postgres.port)) == (True, True)


def test_each_database_is_new(postgres: Postgres) -> None:
    assert postgres.new_database() != postgres.new_database()


def test_seaweed_refuses_strangers(seaweed: Seaweed) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(seaweed.endpoint + "/bucket/key", timeout=5)
    caught.value.close()

    assert caught.value.code == 403
