"""The journal is the hot file's only log: nothing is lost between two checkpoints."""

import asyncio
import random
import shutil
import time
from pathlib import Path

import pytest

from collector.errors import Unavailable
from collector.telemetry import writer as writers
from collector.telemetry.manifest import StoreFile
from collector.telemetry.store import Store
from collector.telemetry.tables import numbers_text
from tests.telemetry.changes import DAY_MS, NOVEMBER, ORIGIN, conversation, span
from tests.telemetry.conftest import OpenStore

AMOUNT = 12


async def write(store: Store, *numbers: int) -> None:
    for number in numbers:
        await store.append("p", ORIGIN, conversation(number, NOVEMBER - number * DAY_MS))
        await store.visible("p")


async def call(store: Store, name: str, *arguments: int) -> None:
    writer = store._writer
    assert writer is not None
    await asyncio.wrap_future(writer.call(lambda: getattr(writer, name)(*arguments)))


async def outputs(store: Store) -> list[str | None]:
    for _ in range(200):
        try:
            await store.visible("p")
            break
        except Unavailable:
            await asyncio.sleep(0.05)
    found = [await store.reads.observation("p", f"g{number}") for number in range(AMOUNT)]
    return [None if row is None else row["output"] for row in found]


async def test_what_was_flushed_and_not_written_out_survives_a_kill(
    store: Store, open_store: OpenStore, tmp_path: Path
) -> None:
    await write(store, *range(5))
    await call(store, "write_out")
    await write(store, *range(5, AMOUNT))
    shutil.copytree(tmp_path / "data", tmp_path / "killed")
    again = open_store(tmp_path / "killed")

    assert await outputs(again) == ["answer"] * AMOUNT
    counts = await again.reads.counts("p")
    assert (counts["traces"], counts["observations"], counts["scores"]) == (AMOUNT, 24, AMOUNT)


async def test_the_journal_forgets_only_what_was_written_out(open_store: OpenStore) -> None:
    store = open_store(journal_file_bytes="64KiB")
    for number in range(60):
        note = span("big", "t", NOVEMBER + number, output="x" * 20_000)
        await store.append("p", ORIGIN, [note])
        await store.visible("p")
    before = store.journal.generations()
    await call(store, "write_out")

    assert before[0] == 1
    assert store.journal.generations() == [store.journal.durable.generation]


async def test_an_instance_opened_anew_has_all_again(store: Store) -> None:
    await write(store, *range(6))
    await asyncio.to_thread(store.sealer.seal_now)
    await call(store, "write_out")
    await write(store, *range(6, AMOUNT))
    late = [
        span(f"g{number}", f"t{number}", NOVEMBER + DAY_MS, update=True, output="late")
        for number in range(3)
    ]
    await store.append("p", ORIGIN, late)  # brings sealed traces back, buries them in the segment
    await store.visible("p")
    await call(store, "renew", store.engine.generation)

    assert await outputs(store) == ["late"] * 3 + ["answer"] * (AMOUNT - 3)
    counts = await store.reads.counts("p")
    assert (counts["traces"], counts["observations"], counts["scores"]) == (AMOUNT, 24, AMOUNT)


async def test_the_hot_file_is_written_out_before_it_holds_too_much(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writers, "_UNWRITTEN_BYTES_MAX", 100_000)
    await write(store, 0)
    path = store.folder / store._writer._applier.hot.narrow_path  # type: ignore[union-attr]
    before = path.stat().st_size
    for number in range(8):
        note = span(f"o{number}", "t", NOVEMBER, output=random.randbytes(15_000).hex())
        await store.append("p", ORIGIN, [note])
        await store.visible("p")

    assert path.stat().st_size > before
    assert not list(store.folder.glob("hot-*.wal"))


async def test_what_is_idle_is_written_out(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "_UNWRITTEN_SECONDS_MAX", 0.2)
    await write(store, 0)
    writer = store._writer
    assert writer is not None
    for _ in range(100):
        await asyncio.sleep(0.05)
        if writer._written == writer.flushed:
            break

    assert writer._written == writer.flushed


async def test_a_checkpoint_between_two_steps_of_a_read_hides_no_row(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(store, *range(AMOUNT))
    await call(store, "write_out")
    for number in range(AMOUNT // 2):  # rows that go make the others move
        again = span(f"g{number}", f"t{number}", NOVEMBER + DAY_MS, update=True, output="answer")
        await store.append("p", ORIGIN, [again])
        await store.visible("p")
    writer = store._writer
    assert writer is not None

    def meanwhile(found: list[tuple[int]]) -> str:
        writer.call(writer.write_out)
        time.sleep(0.05)
        return numbers_text(found)

    monkeypatch.setattr("collector.telemetry.folding.numbers_text", meanwhile)

    assert await outputs(store) == ["answer"] * AMOUNT


async def test_an_instance_opened_anew_before_the_swap_of_a_seal_loses_no_row(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(store, *range(AMOUNT))
    sealer, writer = store.sealer, store._writer
    assert writer is not None
    swap = sealer._swap
    moves = sealer._move_what_stays_hot

    def all_stays_hot(old: StoreFile, _sealed: set[str], _quiet_ms: float) -> None:
        moves(old, set(), 0.0)

    def meanwhile(old: StoreFile, made: list[StoreFile], losses: int) -> None:
        writer.renew(store.engine.generation)
        swap(old, made, losses)

    with monkeypatch.context() as patched:
        patched.setattr(sealer, "_move_what_stays_hot", all_stays_hot)
        patched.setattr(sealer, "_swap", meanwhile)
        with pytest.raises(RuntimeError, match="moved again"):
            await asyncio.to_thread(sealer.seal_now)

    assert await outputs(store) == ["answer"] * AMOUNT
    await asyncio.to_thread(sealer.look)  # ends what was begun
    assert await outputs(store) == ["answer"] * AMOUNT
    counts = await store.reads.counts("p")
    assert (counts["traces"], counts["observations"], counts["scores"]) == (AMOUNT, 24, AMOUNT)
