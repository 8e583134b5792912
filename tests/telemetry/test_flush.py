"""Acknowledged changes become readable, merged, and are not lost."""

import asyncio
import time
from functools import partial
from pathlib import Path

import pytest

from collector import metrics
from collector.errors import Unavailable
from collector.records.merge import Merged
from collector.records.rejection import Rejection
from collector.settings import load_settings
from collector.telemetry import rows as shapes
from collector.telemetry.applying import Applier, Arrived, Groups
from collector.telemetry.conditions import Condition
from collector.telemetry.journal import Position
from collector.telemetry.rows import Row
from collector.telemetry.store import Store
from tests.telemetry.changes import NOVEMBER, ORIGIN, conversation, score, span, trace
from tests.telemetry.conftest import OpenStore


async def test_a_read_after_the_acknowledgement_sees_the_write(store: Store) -> None:
    for number in range(20):
        await store.append("p", ORIGIN, conversation(number))
        await store.visible("p")
        found = await store.reads.observation("p", f"g{number}")
        assert found is not None
        assert (found["input"], found["output"]) == ('{"q":1}', "answer")


async def test_an_update_in_a_later_flush_merges_with_what_is_stored(store: Store) -> None:
    await store.append("p", ORIGIN, conversation(1))
    await store.visible("p")
    late = span(
        "g1", "t1", NOVEMBER + 9_000, update=True, output="better", metadata={"k": {"m": 2}}
    )
    await store.append("p", ORIGIN, [late])
    await store.visible("p")
    found = await store.reads.observation("p", "g1")
    assert found is not None
    assert (found["input"], found["output"]) == ('{"q":1}', "better")
    assert found["metadata"] == {"k": {"n": 1, "m": 2}}
    assert found["usage_details"] == {"input": 10, "output": 5, "total": 15}
    assert found["cost_details"] == {"input": 0.01, "output": 0.02, "total": 0.03}


async def test_the_same_events_again_change_nothing(store: Store) -> None:
    for _ in range(2):
        await store.append("p", ORIGIN, conversation(1))
        await store.visible("p")
    counts = await store.reads.counts("p")
    assert (counts["traces"], counts["observations"], counts["scores"]) == (1, 2, 1)


async def test_ids_of_two_projects_do_not_meet(store: Store) -> None:
    await store.append("p", ORIGIN, [trace("same", name="mine")])
    await store.append("q", ORIGIN, [trace("same", name="theirs")])
    await store.visible("p")
    await store.visible("q")
    mine, theirs = await store.reads.trace("p", "same"), await store.reads.trace("q", "same")
    assert mine is not None
    assert theirs is not None
    assert (mine["name"], theirs["name"]) == ("mine", "theirs")


async def test_observations_without_a_trace_event_make_no_record(store: Store) -> None:
    await store.append("p", ORIGIN, [span("o", "orphan", NOVEMBER)])
    await store.append("p", ORIGIN, [span("o2", "orphan", NOVEMBER - 5)])
    await store.visible("p")
    found = await store.reads.trace("p", "orphan")
    assert found is not None
    assert (found["has_record"], found["timestamp_ms"]) == (False, NOVEMBER - 5)
    assert (await store.reads.traces("p", [])).total == 0
    await store.append("p", ORIGIN, [trace("orphan", NOVEMBER + 10, name="late")])
    await store.visible("p")
    listed = await store.reads.traces("p", [])
    assert [(row["name"], row["observation_count"]) for row in listed.rows] == [("late", 2)]


async def test_a_record_was_created_when_its_own_first_event_came(store: Store) -> None:
    """An observation of the trace, come earlier, is none of the trace's events."""
    arrivals: list[Groups] = [
        {("observation", "p", "o"): Arrived([span("o", "t")], ORIGIN, 5_999)},
        {("trace", "p", "t"): Arrived([trace("t", session_id="s")], ORIGIN, 8_001)},
        {("trace", "p", "t"): Arrived([trace("t", session_id="s", name="n")], ORIGIN, 9_999)},
    ]
    for groups in arrivals:
        apply = partial(store.sealer.applier.apply, groups, None)
        await asyncio.wrap_future(store.sealer.writer.call(apply))
    of_trace, of_span = await store.reads.trace("p", "t"), await store.reads.observation("p", "o")
    assert of_trace is not None
    assert of_span is not None
    assert (of_trace["name"], of_trace["created_ms"], of_span["created_ms"]) == ("n", 8_000, 5_000)
    assert (await store.reads.sessions_named("p", ["s"]))["s"]["created_ms"] == 8_001


async def test_a_score_that_the_real_server_drops_is_dropped_and_counted(store: Store) -> None:
    counter = metrics.INGEST_EVENTS.labels("flush", "annotation_without_config")
    before = counter._value.get()
    await store.append("p", ORIGIN, [score("a", "t", source="ANNOTATION"), score("b", "t")])
    await store.visible("p")
    assert await store.reads.score("p", "a") is None
    assert await store.reads.score("p", "b") is not None
    assert counter._value.get() == before + 1


async def test_a_record_that_cannot_be_stored_is_kept_aside_and_the_rest_stored(
    store: Store, tmp_path: Path
) -> None:
    bad = trace("bad", name="x")
    bad.fields["tags"] = [{"not": "a text"}]
    await store.append("p", ORIGIN, [trace("good"), bad, trace("good2")])
    await store.visible("p")
    assert (await store.reads.traces("p", [])).total == 2
    kept = (tmp_path / "data" / "traces" / "unstorable.jsonl").read_text()
    assert '"id":"bad"' in kept


async def test_a_fault_of_our_own_costs_one_record_and_not_the_service(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = shapes.trace_rows

    def overflow(merged: Merged, stamp: Row) -> tuple[Row, Row]:
        if merged.id == "bad":
            raise OverflowError("a number past every bound")
        return whole(merged, stamp)

    monkeypatch.setattr(shapes, "trace_rows", overflow)
    await store.append("p", ORIGIN, [trace("good"), trace("bad")])
    await store.visible("p")
    assert (await store.reads.traces("p", [])).total == 1


async def test_numbers_past_every_column_do_not_stop_a_flush(store: Store) -> None:
    wild = span("o", "t", 2**62, end_ms=-(2**62), usage={"input": 2**60}, prompt_version=2**40)
    await store.append("p", ORIGIN, [wild])
    await store.visible("p")
    found = await store.reads.observation("p", "o")
    assert found is not None
    assert found["usage_details"]["input"] == 2**53 - 1
    assert found["prompt_version"] is None


async def test_texts_of_every_kind_come_back_as_they_were(store: Store) -> None:
    text = "nul \x00, ' \" \\ \u2028 🌍 {brace} $1 \x1b[0m"
    await store.append("p", ORIGIN, [span("o" * 800, "t", input=text, metadata={"k'": text})])
    await store.visible("p")
    found = await store.reads.observation("p", "o" * 800)
    assert found is not None
    assert (found["input"], found["metadata"]) == (text, {"k'": text})


async def test_what_was_not_flushed_is_replayed_by_the_next_run(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(flush_interval_seconds="600")
    await store.append("p", ORIGIN, conversation(1))

    def refuse(*_: object) -> None:
        raise OSError("the process was killed")

    with monkeypatch.context() as patched:
        patched.setattr(Applier, "apply", refuse)
        await asyncio.to_thread(store.close)
    again = open_store()
    await again.visible("p")
    assert (await again.reads.counts("p"))["observations"] == 2


async def test_fifty_readers_at_once_cause_few_flushes(store: Store) -> None:
    def flushes() -> float:
        return metrics.REGISTRY.get_sample_value("understudy_flush_duration_seconds_count") or 0.0

    before, began = flushes(), time.monotonic()

    async def reader(number: int) -> None:
        await store.append("p", ORIGIN, [trace(f"t{number}")])
        await store.visible("p")
        assert await store.reads.trace("p", f"t{number}") is not None

    await asyncio.gather(*(reader(number) for number in range(8)))
    for _ in range(6):
        await asyncio.gather(*(store.visible("p") for _ in range(50)))
    elapsed = time.monotonic() - began
    assert flushes() - before <= elapsed / 0.05 + 2


async def test_guardrail_columns_stay_empty_without_a_verdict(store: Store) -> None:
    await store.append("p", ORIGIN, conversation(1))
    await store.visible("p")
    assert (await store.reads.guardrail_events("p", [])).total == 0
    condition = Condition("guard_action", "is null")
    assert (await store.reads.observations("p", [condition])).total == 2


async def test_long_texts_are_kept_whole_and_their_vectors_small(store: Store) -> None:
    ascii_text, other_text = "x" * 300_001, "ä🌍" * 40_000
    status = "s" * 9_999
    changes = [
        span(f"o{n}", "t", input=ascii_text, output=other_text, status_message=status)
        for n in range(8)
    ]
    await store.append("p", ORIGIN, changes)
    await store.visible("p")
    late = span("o1", "t", NOVEMBER + 1, update=True, output="short")
    await store.append("p", ORIGIN, [late])
    await store.visible("p")
    await asyncio.to_thread(store.sealer.seal_now)
    found = await store.reads.observation("p", "o0")
    changed = await store.reads.observation("p", "o1")
    assert found is not None
    assert changed is not None
    assert (found["input"], found["output"]) == (ascii_text, other_text)
    assert (changed["output"], changed["status_message"]) == ("short", status)


async def test_after_a_fatal_error_the_instance_is_opened_anew(store: Store) -> None:
    await store.append("p", ORIGIN, conversation(1))
    await store.visible("p")
    store.engine._connection.close()
    await store.append("p", ORIGIN, conversation(2))
    for _ in range(50):
        try:
            await store.visible("p")
            counts = await store.reads.counts("p")
            break
        except Unavailable:
            await asyncio.sleep(0.1)
    assert counts["observations"] == 4
    assert store.failure is None


async def test_many_large_records_are_merged_part_by_part(store: Store) -> None:
    large = [span(f"o{n}", "t", input="x" * 1_000_000) for n in range(12)]
    await store.append("p", ORIGIN, large)
    await store.visible("p")
    late = [span(f"o{n}", "t", NOVEMBER + 1, update=True, output=f"late {n}") for n in range(12)]
    await store.append("p", ORIGIN, late)
    await store.visible("p")
    for n in (0, 11):
        found = await store.reads.observation("p", f"o{n}")
        assert found is not None
        assert (len(found["input"]), found["output"]) == (1_000_000, f"late {n}")
    assert (await store.reads.counts("p"))["observations"] == 12


async def test_what_is_dropped_is_told_once_however_often_the_flush_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Rejection] = []
    settings = load_settings({"data_dir": str(tmp_path / "data")}, environ={})
    store = Store(settings, note=told.extend)
    whole, attempts = Applier._set_progress, []

    def fail_once(applier: Applier, position: Position) -> None:
        attempts.append(position)
        if len(attempts) == 1:
            raise OSError("no room")
        whole(applier, position)

    monkeypatch.setattr(Applier, "_set_progress", fail_once)
    store.start()
    await store.append("p", ORIGIN, [score("a", "t", source="ANNOTATION"), score("b", "t")])
    await store.visible("p")
    await asyncio.to_thread(store.close)

    assert len(attempts) == 2
    assert [(each.entity_id, each.reason) for each in told] == [("a", "annotation_without_config")]


async def test_a_record_that_cannot_be_stored_is_told_too(tmp_path: Path) -> None:
    told: list[Rejection] = []
    settings = load_settings({"data_dir": str(tmp_path / "data")}, environ={})
    store = Store(settings, note=told.extend)
    store.start()
    bad = trace("bad", name="x")
    bad.fields["tags"] = [{"not": "a text"}]
    await store.append("p", ORIGIN, [trace("good"), bad])
    await store.visible("p")
    await asyncio.to_thread(store.close)

    assert [(each.place, each.kind, each.entity_id) for each in told] == [("flush", "trace", "bad")]
