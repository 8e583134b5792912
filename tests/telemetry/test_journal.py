"""What the journal acknowledged is in it, whatever happens to the file."""

import asyncio
import os
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.errors import Unavailable
from collector.records.change import Change
from collector.telemetry import frames
from collector.telemetry.journal import Journal, Position
from tests.telemetry.changes import ORIGIN, span


def encoded(*names: str) -> list[bytes]:
    return [frame for name in names for frame in frames.encode("p", ORIGIN, 1, [span(name, "t")])]


def names_in(journal: Journal) -> list[str]:
    found: list[str] = []
    position = Position(0, 0)
    while True:
        read, following = journal.read(position, 1 << 20)
        if following == position:
            return found
        found += [
            change.id for f in read if f.payload for change in frames.decode(f.payload).changes
        ]
        position = following


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    opened = Journal(folder, file_bytes=1 << 20, on_durable=lambda _: None)
    yield opened
    opened.close()


def reopened(folder: Path) -> Journal:
    return Journal(folder, file_bytes=1 << 20, on_durable=lambda _: None)


async def test_what_is_appended_is_read_back_in_order(journal: Journal) -> None:
    for name in ("a", "b", "c"):
        await journal.append(encoded(name))
    assert names_in(journal) == ["a", "b", "c"]


async def test_many_at_once_are_all_there(journal: Journal) -> None:
    await asyncio.gather(*(journal.append(encoded(f"n{i}")) for i in range(200)))
    assert sorted(names_in(journal)) == sorted(f"n{i}" for i in range(200))


async def test_a_new_run_reads_what_the_last_one_wrote(journal: Journal, folder: Path) -> None:
    await journal.append(encoded("a"))
    journal.close()
    second = reopened(folder)
    await second.append(encoded("b"))
    assert names_in(second) == ["a", "b"]
    second.close()


async def test_a_torn_tail_is_passed_over(journal: Journal, folder: Path) -> None:
    await journal.append(encoded("a"))
    journal.close()
    whole = encoded("torn")[0]
    with journal.path(1).open("ab") as file:
        file.write(whole[:-3])
    second = reopened(folder)
    await second.append(encoded("b"))
    assert names_in(second) == ["a", "b"]
    second.close()


async def test_one_damaged_frame_costs_one_frame(journal: Journal, folder: Path) -> None:
    await journal.append(encoded("a"))
    before = journal.durable.offset
    await journal.append(encoded("broken"))
    await journal.append(encoded("c"))
    journal.close()
    with journal.path(1).open("r+b") as file:
        file.seek(before + 40)
        file.write(b"\x00\x00\x00")
    second = reopened(folder)
    assert names_in(second) == ["a", "c"]
    second.close()


async def test_a_full_file_is_followed_by_another_and_forgotten_when_flushed(folder: Path) -> None:
    small = Journal(folder, file_bytes=200, on_durable=lambda _: None)
    for index in range(10):
        await small.append(encoded(f"n{index}"))
    assert len(small.generations()) > 3
    assert names_in(small) == [f"n{i}" for i in range(10)]
    small.forget_before(small.durable)
    assert small.generations() == [small.durable.generation]
    small.close()


async def test_a_refused_write_is_told_and_the_file_never_written_again(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    await journal.append(encoded("a"))

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", refuse)
        with pytest.raises(Unavailable, match="No space left"):
            await journal.append(encoded("refused"))
    await asyncio.sleep(1.1)
    await journal.append(encoded("b"))
    assert journal.durable.generation == 2
    assert {"a", "b"} <= set(names_in(journal))


async def test_a_closed_journal_says_so(journal: Journal) -> None:
    journal.close()
    with pytest.raises(Unavailable, match="shutting down"):
        await journal.append(encoded("late"))


def test_a_large_change_is_one_frame_and_small_ones_share() -> None:
    changes = [span(f"n{i}", "t", input="x" * 600_000) for i in range(3)]
    assert len(frames.encode("p", ORIGIN, 1, changes)) == 3
    assert len(frames.encode("p", ORIGIN, 1, [span(f"n{i}", "t") for i in range(501)])) == 2


def test_lone_surrogates_and_huge_integers_can_be_journalled() -> None:
    change = span("n", "t", input="a\ud800b", metadata={"n": 10**30})
    frame = frames.encode("p", ORIGIN, 1, [change])[0]
    payload = next(iter(frames.scan(frame, 0))).payload
    assert payload is not None
    fields = frames.decode(payload).changes[0].fields
    assert (fields["input"], fields["metadata"]) == ("a\ufffdb", {"n": 1e30})


@given(st.lists(st.text(max_size=20), min_size=1, max_size=5), st.binary(max_size=30))
def test_frames_come_back_as_they_went(texts: list[str], torn: bytes) -> None:
    changes = [Change("trace", f"t{i}", i, False, {"name": text}) for i, text in enumerate(texts)]
    data = b"".join(frames.encode("p", ORIGIN, 7, changes))
    payloads = [frame.payload for frame in frames.scan(data + torn, 0) if frame.payload]
    assert [frames.decode(payload).changes for payload in payloads] == [changes]
    assert zlib.crc32(payloads[0])
