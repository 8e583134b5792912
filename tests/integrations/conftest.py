"""The service, the model and one run of every integration."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.contract.conftest import pytest_runtest_makereport
from tests.contract.environments import node_environment, python_environment
from tests.integrations.model_endpoint import ModelEndpoint
from tests.integrations.runs import INTEGRATIONS, Run, Runner
from tests.servers.service import Service

__all__ = ["pytest_runtest_makereport"]  # the service's log where a test fails
Runs = Callable[[str], Run]


@pytest.fixture(scope="session")
def environments(node: str, pytestconfig: pytest.Config) -> None:
    """Made before the first run, so that what takes long is seen to be done."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        for name in dict.fromkeys(environment for environment, *_ in INTEGRATIONS.values()):
            if name.endswith("-js"):
                node_environment(name, node)
            else:
                python_environment(name)


@pytest.fixture(scope="module")
def runs(running_service: Service, node: str, environments: None) -> Iterator[Runs]:
    """Each integration's run, made when first asked for."""
    with ModelEndpoint() as model:
        yield cache(Runner(running_service, model.base_url, node).run)
