"""`understudy seed`, handed over and alone."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.commands.conftest import Shell
from tests.servers.service import PROJECT_ID, Service


def test_a_project_is_filled(shell: Shell) -> None:
    done = shell("seed", "--traces", "120")
    again = shell("seed", "--traces", "120", "--project", PROJECT_ID)

    assert (done.code, again.code) == (0, 0)
    assert done.out.startswith(f"project {PROJECT_ID}: wrote 120 traces, ")
    assert again.out == done.out
    assert "seed: 120 of 120 traces\n" in done.err


def test_what_was_seeded_is_read(tmp_path: Path) -> None:
    with not_started(tmp_path / "data") as service:
        shell = Shell(service.environ())
        first = shell("seed", "--traces", "60")
        service.start()
        second = shell("seed", "--traces", "90")
        found = asked(service, "/api/public/traces?limit=100")
        scores = asked(service, "/api/public/v2/scores?limit=1")["meta"]["totalItems"]

    assert (first.code, second.code) == (0, 0)
    assert found["meta"]["totalItems"] == 90
    assert len({trace["id"] for trace in found["data"]}) == 90
    assert f", {scores} scores" in second.out


def test_a_project_that_does_not_exist_is_refused(shell: Shell) -> None:
    done = shell("seed", "--project", "nowhere")

    assert done.code == 1
    assert "there is no project nowhere" in done.err
    assert PROJECT_ID in done.err


def test_numbers_are_checked(bare: Shell) -> None:
    assert bare("seed", "--traces", "0").code == 2
    assert bare("seed", "--days", "many").code == 2


@contextmanager
def not_started(data_dir: Path) -> Iterator[Service]:
    """A data folder, and the service for it."""
    service = Service(data_dir)
    try:
        yield service
    finally:
        service.close()


def asked(service: Service, path: str) -> dict[str, Any]:
    headers = {"Authorization": service.authorization}
    with urllib.request.urlopen(
        urllib.request.Request(service.base_url + path, headers=headers), timeout=10
    ) as answer:
        found: dict[str, Any] = json.load(answer)
    return found
