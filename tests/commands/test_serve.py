"""`understudy serve`: one owner of the folder, a port that is free, an orderly end."""

import signal
import socket
import time

from tests.commands.conftest import Shell
from tests.servers.fixtures import StartService
from tests.servers.service import Service


def test_a_second_process_on_the_folder_is_told_so(start_service: StartService) -> None:
    service = start_service()
    done = Shell(service.environ())("serve", "--port", "0")

    assert done.code == 1
    assert f"belongs to another process (pid {service.process.pid})" in done.err
    assert done.err.count("\n") == 1


def test_a_taken_port_is_a_sentence(bare: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = bare("serve", "--port", str(port))

    assert (done.code, done.out) == (1, "")
    assert f"port {port} of 127.0.0.1 is taken" in done.err


def test_a_first_start_without_its_database_is_a_sentence(bare: Shell) -> None:
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    done = bare("serve", "--port", "0", DATABASE_URL=url)

    assert done.code == 1
    assert "PostgreSQL at 127.0.0.1:1/nothing cannot be reached" in done.err
    assert "Traceback" not in done.err + done.out


def test_sigterm_ends_it_within_five_seconds(start_service: StartService) -> None:
    service = start_service()
    started = time.monotonic()
    code = service.stop(5)

    assert code == 0
    assert time.monotonic() - started < 5
    assert not (service.data_dir / "understudy.sock").exists()


def test_an_interrupt_is_an_orderly_end_too(start_service: StartService) -> None:
    service = start_service()
    service.process.send_signal(signal.SIGINT)

    assert service.process.wait(5) == 0


def test_the_first_keys_are_told_once(start_service: StartService) -> None:
    nothing = dict.fromkeys(
        [
            "LANGFUSE_INIT_ORG_ID",
            "LANGFUSE_INIT_USER_EMAIL",
            "LANGFUSE_INIT_USER_PASSWORD",
            "LANGFUSE_INIT_PROJECT_PUBLIC_KEY",
            "LANGFUSE_INIT_PROJECT_SECRET_KEY",
        ],
        "",
    )
    service = start_service(ready="/healthz", **nothing)
    wait_until_told(service, "password")
    service.stop()
    service.start("/healthz")
    service.stop()

    assert service.log.count("LANGFUSE_SECRET_KEY=sk-lf-") == 1
    assert service.log.count("  password  ") == 1


def test_early_requests_wait_for_the_start_instead_of_being_refused(
    start_service: StartService,
) -> None:
    service = start_service(ready="")
    deadline = time.monotonic() + 20
    while not listens(service):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    with socket.create_connection(("127.0.0.1", service.port), 20) as early:
        early.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = early.recv(100)

    assert answer.startswith(b"HTTP/1.1 200 ")


def listens(service: Service) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", service.port)) == 0


def wait_until_told(service: Service, word: str) -> None:
    deadline = time.monotonic() + 10
    while word not in service.log:
        assert time.monotonic() < deadline, service.log
        time.sleep(0.02)
