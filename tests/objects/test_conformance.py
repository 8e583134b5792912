"""One suite for every object storage, run against a folder and a real SeaweedFS."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collector.errors import Conflict, InvalidRequest, NotFound
from collector.objects import open_storage
from collector.objects.bucket import ensure_bucket
from collector.objects.storage import Listed, ObjectStorage, Stored, digest_of
from collector.settings import Bucket
from tests.servers.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed


def bucket_of(seaweed: Seaweed, prefix: str = "") -> Bucket:
    return Bucket(
        name="conformance",
        endpoint=seaweed.endpoint,
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
        prefix=prefix,
    )


@pytest.fixture(params=["folder", "bucket", "bucket with prefix"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStorage:
    if request.param == "folder":
        return open_storage(None, tmp_path / "objects")
    seaweed = request.getfixturevalue("seaweed")
    bucket = bucket_of(seaweed, "a/prefix/" if "prefix" in request.param else "")
    ensure_bucket(bucket)
    return open_storage(bucket, tmp_path)


@pytest.fixture
def key() -> str:
    return f"v1/{secrets.token_hex(4)}/2026/11/segment.narrow.duckdb"


def test_what_was_put_is_got(storage: ObjectStorage, key: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(secrets.token_bytes(5_000_000))

    put = storage.put(key, source)
    got = storage.get(key, tmp_path / "target")

    assert put == got == digest_of(source) == digest_of(tmp_path / "target")


def test_an_empty_file_is_an_object(storage: ObjectStorage, key: str, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    storage.put(key, tmp_path / "empty")

    assert storage.get(key, tmp_path / "target").size == storage.size(key) == 0


def test_other_bytes_under_the_same_key_are_refused(storage: ObjectStorage, key: str) -> None:
    storage.put(key, b"first")
    with pytest.raises(Conflict):
        storage.put(key, b"other")

    assert storage.read(key, 0, 10) == b"first"


def test_the_same_bytes_again_are_no_error(storage: ObjectStorage, key: str) -> None:
    assert storage.put(key, b"same") == storage.put(key, b"same")


@pytest.mark.parametrize(
    ("start", "length", "expected"),
    [(0, 4, b"0123"), (4, 2, b"45"), (8, 100, b"89"), (10, 5, b""), (50, 5, b"")],
)
def test_a_range_ends_with_the_object(
    storage: ObjectStorage, key: str, start: int, length: int, expected: bytes
) -> None:
    storage.put(key, b"0123456789")

    assert storage.read(key, start, length) == expected


def test_an_absent_object_is_not_found(storage: ObjectStorage, key: str, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        storage.get(key, tmp_path / "target")
    with pytest.raises(NotFound):
        storage.read(key, 0, 1)

    assert storage.size(key) is None
    assert not (tmp_path / "target").exists()


def test_a_get_replaces_an_older_target(storage: ObjectStorage, key: str, tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"older and longer")
    storage.put(key, b"newer")
    storage.get(key, tmp_path / "target")

    assert (tmp_path / "target").read_bytes() == b"newer"


def test_a_listing_holds_what_lies_under_the_prefix(storage: ObjectStorage) -> None:
    top = secrets.token_hex(4)
    for name in ("a/one", "a/b/two", "c/three"):
        storage.put(f"{top}/{name}", name.encode())

    found = sorted(storage.list(f"{top}/a/"), key=lambda listed: listed.key)

    assert found == [Listed(f"{top}/a/b/two", 7), Listed(f"{top}/a/one", 5)]


def test_a_prefix_without_objects_lists_nothing(storage: ObjectStorage) -> None:
    assert list(storage.list("nothing/here/")) == []


def test_a_listing_holds_every_folder(storage: ObjectStorage) -> None:
    top = secrets.token_hex(4)
    for number in range(30):
        storage.put(f"{top}/{number % 3}/{number}", b"x")

    assert len(list(storage.list(f"{top}/"))) == 30


def test_a_deleted_object_is_absent_and_may_be_deleted_again(
    storage: ObjectStorage, key: str
) -> None:
    storage.put(key, b"x")
    storage.delete(key)
    storage.delete(key)

    assert storage.size(key) is None
    assert storage.put(key, b"other").size == 5


@pytest.mark.parametrize(
    "key",
    ["", "/a", "a/", "a//b", "../a", "a/../b", ".hidden", "a/.b", "é", "a b", "a\n", "a" * 201],
)
def test_a_key_that_some_storage_would_not_take_is_refused(
    storage: ObjectStorage, key: str
) -> None:
    with pytest.raises(InvalidRequest):
        storage.put(key, b"x")


def test_two_writers_of_one_key_leave_one_winner(storage: ObjectStorage, key: str) -> None:
    def put(number: int) -> Stored | None:
        try:
            return storage.put(key, b"%d" % number)
        except Conflict:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [stored for stored in pool.map(put, range(8)) if stored]

    assert [digest_of(storage.read(key, 0, 10))] == winners
