"""Media are durable when `keep` returns, and are never in fewer than one place."""

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collector.errors import Conflict, Unavailable
from collector.media.ledger import Item
from collector.media.store import MediaStore
from collector.objects.files import FileStorage
from collector.records.media import Media, MediaLink, media_of, object_key
from collector.settings import Settings
from tests.media.conftest import bucket_settings
from tests.servers.ports import free_port

MEDIA = media_of(b"some bytes", "image/png", "bytes")
KEY = object_key("p", MEDIA.media_id, "image/png")


def use(media: Media, trace_id: str = "t") -> MediaLink:
    return MediaLink(media.media_id, trace_id, "o", "input")


def files(store: MediaStore) -> list[str]:
    objects = store.folder / "objects"
    return sorted(str(p.relative_to(objects)) for p in objects.rglob("*") if p.is_file())


def test_the_key_is_the_project_and_the_id() -> None:
    assert f"p/{MEDIA.media_id}.png" == KEY
    odd, other = (object_key(name, MEDIA.media_id, "audio/mp4") for name in ("a/../b", "a-..-b"))
    assert odd != other
    assert ".." not in odd
    assert odd.endswith(f"/{MEDIA.media_id}.m4a")


def test_without_a_bucket_media_stay_in_the_folder(in_folder: MediaStore) -> None:
    in_folder.keep("p", [MEDIA], [use(MEDIA)])
    waiting = in_folder.ledger.unrecorded(10)

    assert in_folder.local.read(KEY, 0, 100) == b"some bytes"
    assert in_folder.ledger.to_move(10) == []
    assert [(item.media_id, item.content_bytes) for item in waiting.items] == [(MEDIA.media_id, 10)]
    assert waiting.links == [("p", use(MEDIA))]
    in_folder.ledger.set_recorded(waiting)
    assert in_folder.ledger.find("p", MEDIA.media_id) is None
    assert files(in_folder) == [KEY]


def test_equal_bytes_are_written_once(in_folder: MediaStore) -> None:
    in_folder.keep("p", [MEDIA], [use(MEDIA)])
    written = (in_folder.folder / "objects" / KEY).stat()
    in_folder.keep("p", [MEDIA], [use(MEDIA, "another")])
    found = (in_folder.folder / "objects" / KEY).stat()

    assert (found.st_ino, found.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert len(in_folder.ledger.unrecorded(10).links) == 2


def test_a_damaged_file_is_written_anew(in_folder: MediaStore) -> None:
    in_folder.keep("p", [MEDIA], [])
    (in_folder.folder / "objects" / KEY).write_bytes(b"rubbish")
    in_folder.keep("p", [MEDIA], [])

    assert in_folder.local.read(KEY, 0, 100) == b"some bytes"


def test_projects_do_not_share(in_folder: MediaStore) -> None:
    in_folder.keep("p", [MEDIA], [])

    assert in_folder.ledger.find("q", MEDIA.media_id) is None
    assert in_folder.local_size(object_key("q", MEDIA.media_id, "image/png")) is None


@pytest.mark.parametrize("trace_id", ["\ud800", "a\0b", "é" * 800, "x" * 800])
def test_no_trace_id_keeps_media_from_being_kept(in_folder: MediaStore, trace_id: str) -> None:
    in_folder.keep("p", [MEDIA], [use(MEDIA, trace_id)])
    links = in_folder.ledger.unrecorded(10).links

    assert all("\0" not in link.trace_id and link.trace_id.encode() for _, link in links)
    assert in_folder.ledger.find("p", MEDIA.media_id) is not None


def test_a_full_disk_is_unavailable(folder_settings: Settings) -> None:
    store = MediaStore(Settings(data_dir=folder_settings.data_dir, disk_free_bytes_min=2**60))
    with pytest.raises(Unavailable, match="disk is full"):
        store.keep("p", [MEDIA], [])
    store.close()

    assert files(store) == []


def test_a_folder_that_cannot_be_written_is_unavailable(in_folder: MediaStore) -> None:
    (in_folder.folder / "objects").write_text("in the way")
    with pytest.raises(Unavailable):
        in_folder.keep("p", [MEDIA], [])

    assert in_folder.ledger.find("p", MEDIA.media_id) is None


def test_a_list_that_cannot_be_written_is_unavailable(in_folder: MediaStore) -> None:
    with sqlite3.connect(in_folder.folder / "ledger.sqlite") as other:
        other.execute("drop table links")
    other.close()

    with pytest.raises(Unavailable):
        in_folder.keep("p", [MEDIA], [use(MEDIA)])


def test_a_damaged_list_is_made_again_from_the_folder(folder_settings: Settings) -> None:
    store = MediaStore(folder_settings)
    store.keep("p", [MEDIA], [])
    store.close()
    for path in store.folder.glob("ledger.sqlite-*"):
        path.unlink()
    (store.folder / "ledger.sqlite").write_bytes(b"rubbish" * 1000)
    store = MediaStore(folder_settings)
    store.recover()
    found = store.ledger.find("p", MEDIA.media_id)
    store.close()

    assert found is not None
    assert (found.sha256, found.content_type, found.content_bytes) == (
        MEDIA.sha256,
        "image/png",
        10,
    )


def test_what_a_kill_left_half_written_goes(folder_settings: Settings) -> None:
    torn = folder_settings.data_dir / "media" / "objects" / "p" / ".0a.incoming"
    torn.parent.mkdir(parents=True)
    torn.touch()
    os.utime(torn, (1, 1))
    store = MediaStore(folder_settings)
    fresh = torn.with_name(".0b.incoming")
    fresh.touch()
    store.recover()
    store.close()

    assert not torn.exists()
    assert fresh.exists()


def test_moved_bytes_are_in_the_bucket_and_no_longer_here(with_bucket: MediaStore) -> None:
    with_bucket.keep("p", [MEDIA], [use(MEDIA)])
    (item,) = with_bucket.ledger.to_move(10)
    assert with_bucket.waiting.bytes == 10
    with_bucket.move(item)
    with_bucket.count_waiting()

    assert with_bucket.bucket.read(KEY, 0, 100) == b"some bytes"
    assert (files(with_bucket), with_bucket.waiting.bytes) == ([], 0)
    assert with_bucket.ledger.to_move(10) == []
    assert with_bucket.ledger.find("p", MEDIA.media_id) == item


def test_what_the_bucket_has_is_not_kept_again(with_bucket: MediaStore) -> None:
    with_bucket.keep("p", [MEDIA], [])
    with_bucket.move(with_bucket.ledger.to_move(1)[0])
    with_bucket.ledger.set_recorded(with_bucket.ledger.unrecorded(10))
    with_bucket.keep("p", [MEDIA], [use(MEDIA, "later")])

    assert files(with_bucket) == []
    assert with_bucket.ledger.to_move(10) == []
    assert len(with_bucket.ledger.unrecorded(10).links) == 1


@pytest.mark.parametrize("is_local_file_left", [True, False])
def test_a_kill_in_the_middle_of_a_move_is_made_good(
    seaweed_settings: Settings, is_local_file_left: bool
) -> None:
    """Either the bucket has the bytes and the row does not say so, or the file was left over."""
    store = MediaStore(seaweed_settings)
    store.keep("p", [MEDIA], [])
    (item,) = store.ledger.to_move(1)
    store.bucket.put(KEY, b"some bytes")
    if is_local_file_left:
        store.ledger.set_moved(item)
        store.ledger.set_recorded(store.ledger.unrecorded(10))
    else:
        store.local.delete(KEY)
    store.close()
    store = MediaStore(seaweed_settings)
    store.recover()
    store.move(store.ledger.to_move(1)[0])
    left = (files(store), store.ledger.to_move(1), store.bucket.size(KEY))
    store.close()

    assert left == ([], [], 10)


def test_media_that_are_nowhere_are_counted_and_given_up(with_bucket: MediaStore) -> None:
    with_bucket.keep("p", [MEDIA], [])
    with_bucket.local.delete(KEY)
    with_bucket.move(with_bucket.ledger.to_move(1)[0])

    assert with_bucket.ledger.find("p", MEDIA.media_id) is None


def test_other_bytes_in_the_bucket_keep_the_local_ones(with_bucket: MediaStore) -> None:
    with_bucket.bucket.put(KEY, b"something else")
    with_bucket.keep("p", [MEDIA], [])
    with pytest.raises(Conflict):
        with_bucket.move(with_bucket.ledger.to_move(1)[0])

    assert files(with_bucket) == [KEY]


def test_bytes_that_come_back_changed_keep_the_local_ones(
    with_bucket: MediaStore, tmp_path: Path
) -> None:
    class Forgetful(FileStorage):
        """As the bucket of a server whose cleaner took the data: the name is there, no bytes."""

        def get(self, key: str, target: Path):  # type: ignore[no-untyped-def]  # noqa: ANN202
            (self.folder / key).write_bytes(b"")
            return super().get(key, target)

    with_bucket.__dict__["bucket"] = Forgetful(tmp_path / "forgetful")
    with_bucket.keep("p", [MEDIA], [])
    with pytest.raises(Unavailable, match="other bytes"):
        with_bucket.move(with_bucket.ledger.to_move(1)[0])

    assert files(with_bucket) == [KEY]


def test_past_the_bound_nothing_more_is_taken(tmp_path: Path) -> None:
    away = bucket_settings(f"http://127.0.0.1:{free_port()}", "away")
    settings = Settings(
        data_dir=tmp_path / "data", disk_free_bytes_min=0, media_waiting_bytes_max=9, **away
    )
    store = MediaStore(settings)
    seen = [store.bitten_limit]
    store.keep("p", [MEDIA], [])
    seen.append(store.bitten_limit)
    store.close()
    store = MediaStore(settings)
    seen.append(store.bitten_limit)
    store.close()

    assert seen == [None, "media_waiting_bytes_max", "media_waiting_bytes_max"]


def test_links_that_nobody_takes_are_bounded_too(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", disk_free_bytes_min=0, media_waiting_rows_max=3)
    store = MediaStore(settings)
    store.keep("p", [MEDIA], [use(MEDIA, "a"), use(MEDIA, "b")])
    seen = [store.bitten_limit]
    store.keep("p", [MEDIA], [use(MEDIA, "c")])
    seen.append(store.bitten_limit)
    store.ledger.set_recorded(store.ledger.unrecorded(10))
    store.count_waiting()
    seen.append(store.bitten_limit)
    store.close()

    assert seen == [None, "media_waiting_rows_max", None]


def test_a_list_that_cannot_be_read_is_unavailable(in_folder: MediaStore) -> None:
    with sqlite3.connect(in_folder.folder / "ledger.sqlite") as other:
        other.execute("drop table items")
    other.close()

    with pytest.raises(Unavailable):
        in_folder.ledger.find("p", MEDIA.media_id)


def test_threads_that_keep_the_same_bytes_do_not_meet(in_folder: MediaStore) -> None:
    def keep(number: int) -> None:
        for turn in range(20):
            in_folder.keep("p", [MEDIA], [use(MEDIA, f"{number}-{turn}")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(keep, range(4)))

    assert len(in_folder.ledger.unrecorded(100).links) == 80


def test_equal_bytes_of_two_types_are_two_objects(with_bucket: MediaStore) -> None:
    text = media_of(b"some bytes", "text/plain", "bytes")
    with_bucket.keep("p", [MEDIA], [])
    with_bucket.keep("p", [text], [])
    moved: list[Item] = with_bucket.ledger.to_move(10)
    for item in moved:
        with_bucket.move(item)

    assert {item.content_type for item in moved} == {"image/png", "text/plain"}
    assert with_bucket.bucket.size(object_key("p", text.media_id, "text/plain")) == 10
