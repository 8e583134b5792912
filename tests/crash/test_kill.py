"""kill -9 at any moment under load, while seals go on: nothing acknowledged is lost or changed."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.eager import EagerService
from tests.crash.ledger import Ledger
from tests.crash.load import Sender
from tests.crash.reading import everything

# `make soak` and CRASH_KILLS ask for more.
KILLS = int(os.environ.get("CRASH_KILLS", "5"))
SENDERS = 3
LIFE_SECONDS = (0.8, 6.0)


@contextmanager
def sending(service: EagerService, ledger: Ledger, first: int) -> Iterator[list[Sender]]:
    """Senders that begin before the service does and outlive it."""
    senders = [Sender(service, ledger, first + number) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    yield senders
    for sender in senders:
        sender.end()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[EagerService]:
    """Not started yet."""
    made = EagerService(tmp_path / "data")
    yield made
    made.close()


def compare(service: EagerService, ledger: Ledger) -> None:
    for kind in ("traces", "observations", "scores"):
        assert ledger.compare(kind, everything(service, kind))[:5] == []


@pytest.mark.timeout(120 + 40 * KILLS)
def test_what_was_acknowledged_survives_every_kill(service: EagerService) -> None:
    rng, ledger = random.Random(), Ledger()
    with sending(service, ledger, 0):
        for _ in range(KILLS):
            service.start(ready="")
            time.sleep(rng.uniform(*LIFE_SECONDS))
            service.kill()
    service.start()
    compare(service, ledger)

    assert len(ledger.acknowledged) > 20 * KILLS
    assert service.seals > 0
    assert "cannot be opened" not in service.log


def test_records_are_whole_again_after_each_of_several_kills(service: EagerService) -> None:
    """Comparing in between sees what a later write would repair."""
    ledger = Ledger()
    for round_number in range(2):
        service.start()
        with sending(service, ledger, 100 * (round_number + 1)):
            time.sleep(1.5)
            service.kill()
        service.start()
        compare(service, ledger)
        service.kill()
