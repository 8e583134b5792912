"""What the disk can do to the service: it says so, keeps what it acknowledged, and goes on."""

import json
import resource
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.crash.ledger import Ledger
from tests.crash.load import Request, Sender, requests_of
from tests.crash.reading import everything, get
from tests.servers.service import Service

NOTHING, UNLIMITED = 0, resource.RLIM_INFINITY
LATE_FLUSH = {"UNDERSTUDY_FLUSH_INTERVAL_SECONDS": "3600"}
ONE_TRACE = "/api/public/traces?limit=1"

MakeService = Callable[..., Service]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[MakeService]:
    """Services on one data folder, one after the other."""
    made: list[Service] = []

    def make(**settings: str) -> Service:
        service = Service(tmp_path / "data", settings)
        made.append(service)
        return service

    yield make
    for service in made:
        service.close()


def post(service: Service, request: Request) -> tuple[int, Message, Any]:
    """Status, headers, body."""
    headers = {"Authorization": service.authorization, "Content-Type": request.content_type}
    url = service.base_url + request.path
    try:
        sent = urllib.request.Request(url, request.body, headers)
        with urllib.request.urlopen(sent, timeout=20) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, json.load(error)


def write(service: Service, ledger: Ledger, count: int, number: int = 0) -> None:
    """So many requests, each of which must be taken."""
    for request, _ in zip(requests_of(number), range(count), strict=False):
        ledger.sending(request.written)
        assert post(service, request)[0] in (200, 207)
        ledger.answered(request.written)


def compare(service: Service, ledger: Ledger) -> None:
    for kind in ("traces", "observations", "scores"):
        assert ledger.compare(kind, everything(service, kind))[:5] == []


def refuse_writes(service: Service, bytes_max: int) -> None:
    """Files may not grow past this from now on, as on a full or read-only disk."""
    resource.prlimit(service.process.pid, resource.RLIMIT_FSIZE, (bytes_max, UNLIMITED))


def hot_file(service: Service) -> Path:
    (path,) = (service.data_dir / "traces").glob("hot-*.duckdb")
    return path


def overwrite(path: Path, place: float) -> None:
    """A part of a file becomes noise."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(int(size * place))
        file.write(b"\xde\xad" * min(2048, size // 8))


def test_sigterm_under_load_ends_in_time_and_keeps_everything(make: MakeService) -> None:
    service, ledger = make(), Ledger()
    service.start()
    senders = [Sender(service, ledger, number) for number in range(3)]
    for sender in senders:
        sender.start()
    time.sleep(2)
    code = service.stop(seconds=5)
    for sender in senders:
        sender.end()
    service.start()

    assert code == 0
    compare(service, ledger)


def test_a_disk_below_its_free_space_refuses_writes_and_answers_reads(make: MakeService) -> None:
    ledger = Ledger()
    first = make()
    first.start()
    write(first, ledger, 6)
    first.stop()
    full = make(UNDERSTUDY_DISK_FREE_BYTES_MIN="1000000GiB")
    full.start()
    status, headers, body = post(full, next(requests_of(1)))

    assert status == 503
    assert int(headers["Retry-After"]) > 0
    assert "disk is full" in body["message"]
    compare(full, ledger)


def test_writes_go_on_when_the_disk_takes_them_again(make: MakeService) -> None:
    service, ledger = make(), Ledger()
    service.start()
    write(service, ledger, 6)
    get(service, ONE_TRACE)
    refuse_writes(service, NOTHING)
    refused = [post(service, request) for request, _ in zip(requests_of(1), "abc", strict=False)]
    read = get(service, ONE_TRACE)
    refuse_writes(service, UNLIMITED)
    service.wait_for("/api/public/ready")
    time.sleep(1.5)  # a journal that was refused waits a second
    write(service, ledger, 6, number=2)

    assert {status for status, _, _ in refused} == {503}
    assert all(int(headers["Retry-After"]) > 0 for _, headers, _ in refused)
    assert read["data"]
    for request, _ in zip(requests_of(1), "abc", strict=False):
        ledger.sending(request.written)
    compare(service, ledger)


def test_what_cannot_be_flushed_waits_in_the_journal(make: MakeService) -> None:
    """Small files still grow: the journal takes events, the hot file does not."""
    settings = {
        "UNDERSTUDY_JOURNAL_FILE_BYTES": "64KiB",
        "UNDERSTUDY_FLUSH_INTERVAL_SECONDS": "0.1",
    }
    service, ledger = make(**settings), Ledger()
    service.start()
    write(service, ledger, 3)
    get(service, ONE_TRACE)
    refuse_writes(service, 512 * 1024)
    write(service, ledger, 120, number=1)
    service.kill()
    service.start()

    compare(service, ledger)


@pytest.mark.parametrize("torn", [b"", b"\0" * 4096, b"UsJ\x01", b"noise" * 1000])
def test_a_torn_journal_tail_costs_nothing_that_was_acknowledged(
    make: MakeService, torn: bytes
) -> None:
    service, ledger = make(**LATE_FLUSH), Ledger()
    service.start()
    write(service, ledger, 9)
    service.kill()
    newest = max((service.data_dir / "traces" / "journal").iterdir())
    with newest.open("ab") as file:
        file.write(torn or newest.read_bytes()[:200])
    service.start()
    write(service, ledger, 3, number=1)

    compare(service, ledger)


def test_a_damaged_journal_costs_only_what_was_damaged(make: MakeService) -> None:
    service, ledger = make(**LATE_FLUSH), Ledger()
    service.start()
    write(service, ledger, 30)
    service.kill()
    newest = max((service.data_dir / "traces" / "journal").iterdir())
    overwrite(newest, 0.5)
    service.start()
    found = everything(service, "traces")

    assert len(found) >= 18  # of twenty, all but those in the overwritten bytes
    assert "a damaged frame" in service.log


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6])
def test_a_corrupt_hot_file_stops_neither_events_nor_reads(make: MakeService, place: float) -> None:
    service, lost, ledger = make(), Ledger(), Ledger()
    service.start()
    write(service, lost, 60)
    get(service, ONE_TRACE)
    service.stop()
    overwrite(hot_file(service), place)
    service.start()
    write(service, ledger, 9, number=1)
    found = everything(service, "traces")
    kept = [key for key in ledger.acknowledged if key[0] == "traces" and key[1] not in found]

    assert kept == []


def test_a_hot_file_that_cannot_be_opened_is_told(make: MakeService) -> None:
    service = make()
    service.start()
    write(service, Ledger(), 9)
    get(service, ONE_TRACE)
    service.stop()
    overwrite(hot_file(service), 0.0)
    service.start()

    assert "its traces are missing from reads until it is restored" in service.log


def test_a_folder_that_takes_no_files_is_a_sentence(make: MakeService) -> None:
    service = make()
    done = subprocess.run(
        service.command("serve", "--port", "0", "--data", "/proc"),
        env=service.environ(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("understudy serve: cannot write to the data folder /proc (")
    assert done.stderr.count("\n") == 1
