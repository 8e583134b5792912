"""What the contract tests share: the scenario and the service's log where a test fails."""

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.service import Service

SCRIPTS = Path(__file__).parent / "scripts"
_LOG_CHARACTERS_MAX = 6_000


@pytest.fixture(scope="session")
def scenario() -> dict[str, Any]:
    """What every SDK's script writes."""
    told: dict[str, Any] = json.loads((SCRIPTS / "scenario.json").read_text())
    return told


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, Service):
                report.sections.append(("the service's log", value.log[-_LOG_CHARACTERS_MAX:]))
    return report
