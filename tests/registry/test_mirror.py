"""The mirror file itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import time_machine

from collector.errors import Unavailable
from collector.registry.identifiers import now_ms
from collector.registry.known import KeyLookup, KnownKey, Project
from collector.registry.mirror import Mirror

KEY = KnownKey("hash", "pk-lf-1", "project", "organisation")
OF_ORGANISATION = KnownKey("other", "pk-lf-2", None, "organisation")
PROJECT = Project("project", "Chat", "organisation", "Ours", 7, {"team": "a"}, 1, 2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "mirror.sqlite"


@pytest.fixture
def mirror(path: Path) -> Iterator[Mirror]:
    mirror = Mirror(path)
    yield mirror
    mirror.close()


def filled(mirror: Mirror) -> Mirror:
    mirror.replace([KEY, OF_ORGANISATION], [PROJECT], taken_ms=now_ms())
    return mirror


def test_a_new_mirror_has_no_age(mirror: Mirror) -> None:
    assert mirror.age_seconds() is None


def test_its_age_counts_from_the_copy(mirror: Mirror) -> None:
    with time_machine.travel(1_000_000, tick=False):
        filled(mirror)
    with time_machine.travel(1_000_090, tick=False):
        assert mirror.age_seconds() == 90


def test_a_clock_set_back_makes_no_negative_age(mirror: Mirror) -> None:
    filled(mirror)
    with time_machine.travel(1_000_000, tick=False):
        assert mirror.age_seconds() == 0


def test_what_was_copied_is_there_after_a_restart(mirror: Mirror, path: Path) -> None:
    filled(mirror).close()
    again = Mirror(path)
    found = (
        again.key(KeyLookup(True, "hash")),
        again.key(KeyLookup(False, "pk-lf-2")),
        again.project("project"),
    )
    again.close()

    assert found == (KEY, OF_ORGANISATION, PROJECT)


def test_a_new_copy_replaces_the_old(mirror: Mirror) -> None:
    filled(mirror).replace([OF_ORGANISATION], [], taken_ms=1)

    assert mirror.key(KeyLookup(True, "hash")) is None
    assert mirror.key(KeyLookup(True, "other")) == OF_ORGANISATION
    assert mirror.project("project") is None


def test_a_key_can_be_added_and_forgotten(mirror: Mirror) -> None:
    mirror.add_key(KEY)
    added = mirror.key(KeyLookup(True, "hash"))
    mirror.forget_key("pk-lf-1")

    assert (added, mirror.key(KeyLookup(True, "hash"))) == (KEY, None)


def test_snapshots_are_kept_by_name(mirror: Mirror) -> None:
    mirror.keep("models", [{"name": "gpt"}])
    mirror.keep("models", [{"name": "gpt-5"}])
    filled(mirror)
    snapshot = mirror.kept("models")

    assert snapshot is not None
    assert snapshot.value == [{"name": "gpt-5"}]
    assert abs(snapshot.taken_ms - now_ms()) < 60_000
    assert mirror.kept("registry") is None


def test_a_damaged_file_is_made_anew(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not a database at all" * 1000)
    mirror = Mirror(path)
    age = filled(mirror).age_seconds()
    mirror.close()

    assert age is not None


def test_nobody_else_may_read_it(mirror: Mirror, path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_disk_that_takes_nothing_is_a_passing_fault(mirror: Mirror) -> None:
    mirror._connection.execute("pragma query_only = on")

    with pytest.raises(Unavailable, match="cannot be written"):
        mirror.add_key(KEY)
    assert mirror.key(KeyLookup(True, "hash")) is None
