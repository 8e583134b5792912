"""Refused events: noted at once, written behind, kept within their bounds, on both engines."""

import asyncio
import dataclasses
import threading
import time
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from collector import metrics
from collector.errors import Unavailable
from collector.records.rejection import Place, Rejection
from collector.registry.identifiers import now_ms
from collector.registry.registry import Registry
from collector.registry.schema import rejected_events
from collector.rejections import Rejections
from collector.settings import Settings
from tests.servers.postgres import Postgres

HOUR_SECONDS = 3600


def refused(entity_id: str, project_id: str = "p", place: Place = "intake") -> Rejection:
    event_id = f"e-{entity_id}"
    return Rejection(
        project_id, now_ms(), place, "a reason", "score", event_id, entity_id, {"a": 1}
    )


async def ids(rejections: Rejections, project_id: str = "p") -> list[str | None]:
    return [event.entity_id for event in (await rejections.page(project_id, 1, 5000))[0]]


async def stored(registry: Registry) -> int:
    query = select(func.count()).select_from(rejected_events)
    found: int | None = await registry.run(lambda connection: connection.scalar(query))
    return found or 0


def lost(limit: str) -> float:
    return float(metrics.LIMIT_HITS.labels(limit)._value.get())


async def test_what_was_noted_comes_back_whole(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    rejection = refused("s", place="flush")
    rejections.note([rejection])
    found, total = await rejections.page("p", 1, 50)

    assert total == 1
    assert dataclasses.asdict(found[0]) == {
        "id": found[0].id,
        "project_id": "p",
        "rejected_ms": rejection.rejected_ms,
        "place": "flush",
        "event_id": "e-s",
        "kind": "score",
        "entity_id": "s",
        "reason": "a reason",
        "payload": '{"a":1}',
    }


async def test_the_newest_stand_first_and_pages_follow(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    for start in (0, 3):
        rejections.note([refused(f"{n}") for n in range(start, start + 3)])
        await rejections.write()
    first, total = await rejections.page("p", 1, 4)
    second, _ = await rejections.page("p", 2, 4)

    assert total == 6
    assert [event.entity_id for event in first] == ["5", "4", "3", "2"]
    assert [event.entity_id for event in second] == ["1", "0"]


async def test_each_project_keeps_its_newest(registry: Registry) -> None:
    before = lost("rejected_events_max")
    rejections = Rejections(Settings(rejected_events_max=3), registry)
    rejections.note([refused("other", "q")])
    for number in range(5):
        rejections.note([refused(f"{number}")])
    await rejections.write()

    assert await ids(rejections) == ["4", "3", "2"]
    assert await ids(rejections, "q") == ["other"]
    assert await stored(registry) == 4
    assert lost("rejected_events_max") == before + 2


async def test_what_is_too_old_is_not_shown_and_then_deleted(registry: Registry) -> None:
    rejections = Rejections(Settings(rejected_events_days_max=7), registry)
    with time_machine.travel(time.time() - 7 * 24 * HOUR_SECONDS - 1):
        rejections.note([refused("old")])
    rejections.note([refused("new")])
    shown = await ids(rejections)
    kept = await stored(registry)
    await rejections.forget()

    assert (shown, kept) == (["new"], 2)
    assert await stored(registry) == 1


async def test_of_too_many_waiting_the_newest_stay(registry: Registry) -> None:
    before = lost("rejected_events_waiting_max")
    rejections = Rejections(Settings(rejected_events_waiting_max=3), registry)
    rejections.note([refused("a"), refused("b")])
    rejections.note([refused("c"), refused("d")])
    rejections.note([refused(f"{number}") for number in range(5)])

    assert await ids(rejections) == ["4", "3", "2"]
    assert lost("rejected_events_waiting_max") == before + 6


async def test_a_long_payload_is_cut_between_characters(registry: Registry) -> None:
    before = lost("rejected_payload_bytes_max")
    rejections = Rejections(Settings(rejected_payload_bytes_max=1024), registry)
    long = dataclasses.replace(refused("s"), payload="é" * 1000)
    rejections.note([long])
    found, _ = await rejections.page("p", 1, 50)

    assert found[0].payload == '"' + "é" * 511
    assert lost("rejected_payload_bytes_max") == before + 1


@pytest.mark.parametrize(
    "payload", [{"a": "\0"}, {"a": "\ud800"}, {"a": 2**70}, "\ud800\0", {"a": {1, 2}}, None]
)
async def test_odd_values_are_kept_in_some_form(registry: Registry, payload: object) -> None:
    rejections = Rejections(Settings(), registry)
    odd = "nul \0 and half a character \ud800" + "x" * 5000
    rejection = Rejection("p", now_ms(), "intake", odd, odd, odd, odd, payload)
    rejections.note([rejection, refused("after")])
    found, _ = await rejections.page("p", 1, 50)

    assert [event.entity_id == "after" for event in found] == [True, False]
    assert len(found[1].reason) == 1000
    assert found[1].reason.startswith("nul \ufffd and half a character ?")
    assert (found[1].payload is None) == (payload is None)


async def test_any_thread_may_note_and_nothing_is_lost(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    rejections.start()

    def note(name: int) -> None:
        for number in range(50):
            rejections.note([refused(f"{name}-{number}")])

    threads = [threading.Thread(target=note, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    found = await ids(rejections)
    await rejections.close()

    assert set(found) == {f"{name}-{number}" for name in range(4) for number in range(50)}
    assert len(found) == 200


async def test_they_are_written_without_being_asked_for(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    rejections.start()
    rejections.note([refused("s")])
    async with asyncio.timeout(10):
        while not await stored(registry):
            await asyncio.sleep(0.05)
    await rejections.close()

    assert await stored(registry) == 1


async def test_closing_writes_what_is_left(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    rejections.start()
    rejections.note([refused("s")])
    await rejections.close()

    assert await stored(registry) == 1


async def test_a_batch_written_twice_stands_once(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    rejections.note([refused("a"), refused("b")])
    twice = list(rejections._waiting)
    await rejections.write()
    rejections._put_back(twice)
    await rejections.write()

    assert await ids(rejections) == ["b", "a"]


async def test_an_event_that_is_sent_again_stands_once(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    for _ in range(2):
        rejections.note([refused("a"), refused("b"), refused("a")])
        rejections.note([refused("a", "q")])
        await rejections.write()

    assert await ids(rejections) == ["a", "b"]
    assert await ids(rejections, "q") == ["a"]


async def test_a_record_that_is_dropped_again_stands_once(registry: Registry) -> None:
    rejections = Rejections(Settings(), registry)
    moment_ms = now_ms()
    for place in ("flush", "flush", "intake", "intake"):
        rejection = Rejection("p", moment_ms, place, "why", "score", None, "s")
        rejections.note([rejection])
        await rejections.write()
    found, _ = await rejections.page("p", 1, 50)

    assert [event.place for event in found] == ["intake", "intake", "flush"]


async def test_a_batch_the_database_will_never_take_does_not_stop_the_next(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    rejections = Rejections(Settings(), registry)
    before = metrics.REJECTED.labels("lost")._value.get()
    rejections.note([dataclasses.replace(refused("bad"), payload="secret", rejected_ms=2**70)])
    await rejections.write()
    rejections.note([refused("good")])

    assert await ids(rejections) == ["good"]
    assert metrics.REJECTED.labels("lost")._value.get() == before + 1
    assert "1 refused events are lost" in caplog.text
    assert "secret" not in caplog.text


async def test_while_postgresql_is_away_they_wait(own_postgres: Postgres, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path / "data",
        database_url=own_postgres.url,
        salt="salt",
        registry_timeout_seconds=1.0,
    )
    registry = await Registry.open(settings)
    rejections = Rejections(settings, registry)
    rejections.start()
    own_postgres.stop("immediate")
    rejections.note([refused("a")])
    with pytest.raises(Unavailable):
        await rejections.page("p", 1, 50)
    rejections.note([refused("b")])
    own_postgres.start()
    async with asyncio.timeout(15):
        while await stored(registry) < 2:
            await asyncio.sleep(0.1)
    found = await ids(rejections)
    await rejections.close()
    await registry.close()

    assert found == ["b", "a"]
