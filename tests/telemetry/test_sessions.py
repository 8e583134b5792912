"""What trace events said of sessions stays, whatever becomes of the traces."""

import asyncio
from functools import partial
from typing import Any

import duckdb
import pytest

from collector.errors import Unprocessable
from collector.records.change import Change
from collector.telemetry.applying import Arrived, Groups
from collector.telemetry.sealing import SealLimits
from collector.telemetry.sessions import SessionFilter, named_by
from collector.telemetry.store import Store
from tests.telemetry.changes import DAY_MS, NOVEMBER, ORIGIN, score, span, trace
from tests.telemetry.conftest import OpenStore


async def append(store: Store, *changes: Change) -> None:
    await store.append("p", ORIGIN, changes)
    await store.visible("p")


async def seal(store: Store) -> None:
    await asyncio.to_thread(store.sealer.seal_now)


async def environment_of(store: Store, session_id: str) -> Any:
    found = await store.reads.sessions_named("p", [session_id, "never named"])
    return {key: row["environment"] for key, row in found.items()}.get(session_id)


async def test_a_session_is_of_the_environment_of_the_event_that_named_it(store: Store) -> None:
    await append(store, trace("t", environment="prod"))
    await append(store, trace("t", NOVEMBER + 1, environment="other", session_id="s"))
    found = await store.reads.trace("p", "t")
    assert found is not None
    assert found["environment"] == "prod"
    assert await environment_of(store, "s") == "other"


async def test_nothing_changes_a_session_afterwards(store: Store) -> None:
    await append(store, trace("t", NOVEMBER, environment="first", session_id="s"))
    created = (await store.reads.sessions_named("p", ["s"]))["s"]["created_ms"]
    await append(store, trace("t", NOVEMBER - DAY_MS, environment="second", session_id="s"))
    await append(store, trace("u", NOVEMBER + 1, environment="third", session_id="s"))
    assert await environment_of(store, "s") == "first"
    assert (await store.reads.sessions_named("p", ["s"]))["s"]["created_ms"] == created


async def test_a_session_outlives_its_name_on_the_trace(store: Store) -> None:
    await append(store, trace("t", session_id="s"))
    await append(store, trace("t", NOVEMBER + 1, session_id=None))
    assert await environment_of(store, "s") == "default"


async def test_observations_scores_and_empty_ids_name_no_session(store: Store) -> None:
    of_session = score("c", None, session_id="s")
    await append(store, of_session, trace("t", session_id=""))
    assert await environment_of(store, "s") is None
    assert await environment_of(store, "") is None


async def test_sessions_of_two_projects_do_not_meet(store: Store) -> None:
    await append(store, trace("t", session_id="s"))
    assert await store.reads.sessions_named("q", ["s"]) == {}


async def test_the_first_to_name_a_session_counts_over_seals_and_restarts(
    open_store: OpenStore,
) -> None:
    store = open_store()
    await append(store, trace("t", environment="first", session_id="s"))
    await seal(store)
    await append(store, trace("u", NOVEMBER + 1, environment="second", session_id="s"))
    assert await environment_of(store, "s") == "first"
    await seal(store)
    await asyncio.to_thread(store.close)
    again = open_store()
    assert await environment_of(again, "s") == "first"
    # The trace comes back and moves on, its session stays what it was.
    await append(again, trace("t", NOVEMBER + 2, environment="third", session_id="s"))
    await seal(again)
    assert await environment_of(again, "s") == "first"


async def test_a_seal_that_takes_no_trace_along_loses_no_session(open_store: OpenStore) -> None:
    """A trace that is still busy stays hot: its session goes with it."""
    store = open_store(seal_observations="1")
    await append(store, trace("t", session_id="s"), span("o", "t"))
    (before,) = store.catalog.files()
    await asyncio.to_thread(store.sealer.look)
    (after,) = store.catalog.files()
    assert before.id != after.id
    assert await environment_of(store, "s") == "default"
    await asyncio.to_thread(store.close)
    assert await environment_of(open_store(), "s") == "default"


async def test_other_projects_keep_their_sessions_when_one_is_sealed(
    open_store: OpenStore,
) -> None:
    store = open_store()
    store.sealer.limits = SealLimits(observations=1, quiet_seconds=-1)
    await store.append("q", ORIGIN, [trace("t", session_id="theirs")])
    for number in range(2):
        await append(store, trace(f"t{number}", session_id="mine"), span(f"o{number}", "t"))
        await asyncio.to_thread(store.sealer.look)
        assert sum(file.role == "segment" for file in store.catalog.files()) == number + 1
        assert set(await store.reads.sessions_named("q", ["theirs", "mine"])) == {"theirs"}
        assert await environment_of(store, "mine") == "default"


async def test_files_of_the_first_days_have_no_sessions_and_are_read(open_store: OpenStore) -> None:
    store = open_store()
    await append(store, trace("t", session_id="s"))
    await seal(store)
    await asyncio.to_thread(store.close)
    for file in store.catalog.files():
        with duckdb.connect(store.folder / file.narrow_path) as connection:
            connection.execute("drop table sessions")
    again = open_store()
    assert await environment_of(again, "s") is None
    await append(again, trace("t", NOVEMBER + 1, environment="new", session_id="s"))
    assert await environment_of(again, "s") == "new"


def test_of_several_events_in_one_flush_the_first_to_come_names_the_session() -> None:
    events = [
        trace("t", NOVEMBER + 5, environment="a", session_id="s"),
        trace("t", NOVEMBER, environment="b", session_id="s"),
        trace("t", NOVEMBER, environment="c", session_id="r"),
    ]
    named = named_by([("p", events, 7)])
    assert {key[1]: row["environment"] for key, row in named.items()} == {"s": "a", "r": "c"}


async def arrive(store: Store, session_id: str, environment: str, received_ms: int) -> None:
    """A trace of the session, received at a time of our choosing."""
    change = trace(f"of {session_id}", environment=environment, session_id=session_id)
    groups: Groups = {("trace", "p", change.id): Arrived([change], ORIGIN, received_ms)}
    apply = partial(store.sealer.applier.apply, groups, None)
    await asyncio.wrap_future(store.sealer.writer.call(apply))


async def test_sessions_are_listed_newest_first_each_once(store: Store) -> None:
    for number, environment in enumerate(["prod", "dev", "prod"]):
        await arrive(store, f"s{number}", environment, 1_000 + number)
        if number == 1:
            await seal(store)
    await arrive(store, "s0", "late", 9_000)
    page = await store.reads.sessions("p")
    assert page.total == 3
    assert [(row["id"], row["environment"], row["created_ms"]) for row in page.rows] == [
        ("s2", "prod", 1_002),
        ("s1", "dev", 1_001),
        ("s0", "prod", 1_000),
    ]
    second = await store.reads.sessions("p", page=2, limit=2)
    assert ([row["id"] for row in second.rows], second.total) == (["s0"], 3)
    beyond = await store.reads.sessions("p", page=9)
    assert (beyond.rows, beyond.total) == ([], 3)
    assert (await store.reads.sessions("q")).total == 0


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (SessionFilter(environments=("prod",)), ["s2", "s0"]),
        (SessionFilter(environments=("dev", "late")), ["s1"]),
        (SessionFilter(from_ms=1_001), ["s2", "s1"]),
        (SessionFilter(to_ms=1_001), ["s0"]),
        (SessionFilter(from_ms=1_001, to_ms=1_002, environments=("prod",)), []),
    ],
)
async def test_sessions_are_listed_by_creation_and_environment(
    store: Store, wanted: SessionFilter, ids: list[str]
) -> None:
    for number, environment in enumerate(["prod", "dev", "prod"]):
        await arrive(store, f"s{number}", environment, 1_000 + number)
    page = await store.reads.sessions("p", wanted)
    assert ([row["id"] for row in page.rows], page.total) == (ids, len(ids))


async def test_a_page_of_sessions_too_far_back_is_refused(store: Store) -> None:
    with pytest.raises(Unprocessable, match="page times limit"):
        await store.reads.sessions("p", page=10_000)
