"""`understudy health`: what a container's probe runs."""

import json
import signal

from tests.commands.conftest import Shell
from tests.servers.fixtures import StartService


def test_a_running_service_is_well(start_service: StartService) -> None:
    service = start_service()
    shell = Shell(service.environ())
    done = shell("health")
    by_url = json.loads(shell("health", "--url", service.base_url, "--json").out)

    assert (done.code, done.out) == (0, f"{service.base_url}: OK\n")
    assert by_url == {
        "url": service.base_url,
        "code": 200,
        "status": "OK",
        "version": "4.16.0",
    }


def test_a_base_path_is_part_of_the_question(start_service: StartService) -> None:
    service = start_service(ready="/traces/api/public/ready", BASE_PATH="/traces")
    done = Shell(service.environ())("health")

    assert (done.code, done.out) == (0, f"{service.base_url}/traces: OK\n")


def test_no_service_is_not_well(bare: Shell) -> None:
    done = bare("health")

    assert (done.code, done.out) == (1, "")
    assert "start it with `understudy serve`" in done.err


def test_an_address_where_nobody_listens_is_not_well(bare: Shell) -> None:
    done = bare("health", "--url", "http://127.0.0.1:1")

    assert done.code == 1
    assert "http://127.0.0.1:1 does not answer" in done.err


def test_a_frozen_service_is_not_well(start_service: StartService) -> None:
    service = start_service()
    service.process.send_signal(signal.SIGSTOP)
    try:
        done = Shell(service.environ())("health", "--url", service.base_url)
    finally:
        service.process.send_signal(signal.SIGCONT)

    assert done.code == 1
