"""Sealed data answers like hot data, late events find their trace, and nothing is there twice."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector.errors import Unavailable
from collector.settings import load_settings
from collector.telemetry.conditions import Condition
from collector.telemetry.reads import Page, Reads
from collector.telemetry.sealing import Sealer
from collector.telemetry.store import Store
from tests.telemetry.changes import DAY_MS, NOVEMBER, ORIGIN, conversation, score, span, trace
from tests.telemetry.conftest import OpenStore

AMOUNT = 30


async def append(store: Store, *numbers: int) -> None:
    """Conversations, one a day, so that they fall into two months."""
    for number in numbers:
        await store.append("p", ORIGIN, conversation(number, NOVEMBER - number * DAY_MS))
    await store.visible("p")


async def seal(store: Store) -> None:
    await asyncio.to_thread(store.sealer.seal_now)


async def all_hot(store: Store) -> None:
    await append(store, *range(AMOUNT))
    await late_events(store)


async def all_sealed(store: Store) -> None:
    await all_hot(store)
    await seal(store)


async def late_after_seal(store: Store) -> None:
    await append(store, *range(AMOUNT))
    await seal(store)
    await late_events(store)


async def mixed(store: Store) -> None:
    await append(store, *range(0, AMOUNT, 3))
    await seal(store)
    await append(store, *range(1, AMOUNT, 3))
    await seal(store)
    await append(store, *range(2, AMOUNT, 3))
    await late_events(store)
    await seal(store)
    await late_events(store)


async def late_events(store: Store) -> None:
    """Updates, new children, new scores and changed scores for traces of all ages."""
    for number in (0, 7, 25):
        when = NOVEMBER - number * DAY_MS
        late = [
            trace(f"t{number}", when + 60_000, name="renamed", tags=["late"], output="fine"),
            span(f"g{number}", f"t{number}", when + 60_000, update=True, output="late answer"),
            span(f"n{number}", f"t{number}", when + 5_000, name="new child", end_ms=when + 9_000),
            score(f"c{number}", f"t{number}", when + 61_000, value=9),
            score(f"d{number}", f"t{number}", when + 62_000, value=8),
        ]
        await store.append("p", ORIGIN, late)
    # A score for a trace that nothing else touches, and one update without a trace id.
    await store.append("p", ORIGIN, [score("lone", "t3", NOVEMBER)])
    bare = span("s9", "", NOVEMBER, update=True, status_message="late")
    del bare.fields["trace_id"]
    await store.append("p", ORIGIN, [bare])
    await store.visible("p")


RESIDENCES = (all_hot, all_sealed, late_after_seal, mixed)
_UNSTABLE = ("created_ms", "updated_ms")


def stable(found: Any) -> Any:
    if isinstance(found, Page):
        return [found.total, stable(found.rows)]
    if isinstance(found, list):
        return [stable(row) for row in found]
    if isinstance(found, dict):
        return {key: value for key, value in found.items() if key not in _UNSTABLE}
    return found


QUERIES: dict[str, Callable[[Reads], Awaitable[Any]]] = {
    "traces": lambda r: r.traces("p", [], limit=100),
    "traces page 3": lambda r: r.traces("p", [], page=3, limit=7),
    "traces beyond": lambda r: r.traces("p", [], page=9, limit=50),
    "traces by name": lambda r: r.traces("p", [], order=("name", False), page=2, limit=5),
    "traces by user": lambda r: r.traces("p", [Condition("user_id", "=", "u2")]),
    "traces by tag": lambda r: r.traces("p", [Condition("tags", "all of", ["late", "x"])]),
    "traces since": lambda r: r.traces(
        "p", [Condition("timestamp_ms", ">=", NOVEMBER - 5 * DAY_MS)]
    ),
    "trace": lambda r: r.trace("p", "t7"),
    "trace that is not": lambda r: r.trace("p", "none"),
    "observations": lambda r: r.observations("p", [], limit=100),
    "observations of users": lambda r: r.observations("p", [Condition("trace_user_id", "=", "u0")]),
    "observation": lambda r: r.observation("p", "g25"),
    "observation without trace id": lambda r: r.observation("p", "s9"),
    "children": lambda r: r.observations_of_trace("p", "t0", with_io=True),
    "scores": lambda r: r.scores("p", [], limit=100),
    "scores of known traces": lambda r: r.scores("p", [], limit=100, known_traces_only=True),
    "scores of users": lambda r: r.scores(
        "p", [Condition("trace_user_id", "=", "u0")], known_traces_only=True
    ),
    "score": lambda r: r.score("p", "c7"),
    "scores of a trace": lambda r: r.scores_of_trace("p", "t25"),
    "scores of a sealed trace": lambda r: r.scores_of_trace("p", "t3"),
    "costs": lambda r: r.costs_by_day("p", 0, NOVEMBER + DAY_MS),
    "another project": lambda r: r.traces("q", []),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The answers to all queries in each residence."""
    return {
        residence.__name__: asyncio.run(asked(residence, tmp_path_factory.mktemp("store")))
        for residence in RESIDENCES
    }


async def asked(residence: Callable[[Store], Awaitable[None]], folder: Path) -> dict[str, Any]:
    store = Store(load_settings({"data_dir": str(folder)}, environ={}))
    store.start()
    await residence(store)
    found = {name: stable(await query(store.reads)) for name, query in QUERIES.items()}
    await asyncio.to_thread(store.close)
    return found


@pytest.mark.parametrize("name", QUERIES)
@pytest.mark.parametrize("residence", [r.__name__ for r in RESIDENCES[1:]])
def test_an_answer_does_not_depend_on_where_the_rows_lie(
    answers: dict[str, dict[str, Any]], residence: str, name: str
) -> None:
    assert answers[residence][name] == answers["all_hot"][name]


def test_the_hot_answers_hold_what_was_sent(answers: dict[str, dict[str, Any]]) -> None:
    hot = answers["all_hot"]
    assert hot["traces"][0] == AMOUNT
    assert hot["observations"][0] == 2 * AMOUNT + 3
    assert hot["scores"][0] == AMOUNT + 3 + 1
    assert hot["trace"]["name"] == "renamed"
    assert hot["observation"]["output"] == "late answer"
    assert hot["observation without trace id"]["status_message"] == "late"
    assert [row["id"] for row in hot["children"]] == ["s0", "g0", "n0"]
    assert hot["score"]["value"] == 9


async def test_segments_are_of_one_project_and_month(store: Store) -> None:
    await append(store, *range(AMOUNT))
    await store.append("q", ORIGIN, [trace("t0", NOVEMBER)])
    await store.visible("q")
    await seal(store)
    segments = [file for file in store.catalog.files() if file.role == "segment"]
    assert sorted((file.project_id, file.month) for file in segments) == [
        ("p", "2026-10"),
        ("p", "2026-11"),
        ("q", "2026-11"),
    ]
    assert all((store.folder / file.narrow_path).exists() for file in segments)


async def test_a_trace_touched_lately_stays_hot(open_store: OpenStore) -> None:
    store = open_store(seal_observations="1")
    await append(store, 1, 2)
    await asyncio.to_thread(store.sealer.look)
    assert [file.role for file in store.catalog.files()] == ["active"]
    assert (await store.reads.counts("p"))["observations"] == 4


async def test_a_small_project_moves_on_while_a_large_one_is_sealed(open_store: OpenStore) -> None:
    store = open_store(seal_observations="6", seal_quiet_minutes="0.01")
    await append(store, 1, 2, 3)
    await store.append("q", ORIGIN, conversation(1))
    await store.append("q", ORIGIN, [score("session score", None, session_id="s")])
    await store.visible("q")
    await asyncio.sleep(1.0)
    await asyncio.to_thread(store.sealer.look)
    roles = sorted((file.role, file.project_id) for file in store.catalog.files())
    assert roles == [("active", ""), ("segment", "p")]
    assert (await store.reads.counts("q"))["scores"] == 2
    assert (await store.reads.counts("p"))["scores"] == 3


async def test_a_seal_cut_short_is_done_again_by_the_next_run(
    open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store()
    await append(store, *range(5))

    def die(*_: object) -> None:
        raise OSError("killed before the swap")

    with monkeypatch.context() as patched:
        patched.setattr(Sealer, "_swap", die)
        with pytest.raises(OSError, match="killed"):
            await seal(store)
    await append(store, 5)
    await store.append("p", ORIGIN, [span("g1", "t1", NOVEMBER, update=True, output="meanwhile")])
    await store.visible("p")
    await asyncio.to_thread(store.close)
    again = open_store()
    assert (await again.reads.counts("p"))["observations"] == 12
    await asyncio.to_thread(again.sealer.look)
    await seal(again)
    assert (await again.reads.counts("p"))["observations"] == 12
    found = await again.reads.observation("p", "g1")
    assert found is not None
    assert found["output"] == "meanwhile"
    assert {file.role for file in again.catalog.files()} == {"active", "segment"}


async def test_the_key_index_is_rebuilt_when_it_is_lost(
    open_store: OpenStore, tmp_path: Path
) -> None:
    store = open_store()
    await append(store, 1, 2)
    await seal(store)
    await asyncio.to_thread(store.close)
    (tmp_path / "data" / "traces" / "keys.duckdb").write_bytes(b"no database")
    again = open_store()
    assert (await again.reads.observation("p", "g1")) is not None
    assert (await again.reads.counts("p"))["observations"] == 4


@pytest.mark.parametrize("place", [0.0, 0.4, 0.7])
async def test_a_corrupt_hot_file_is_set_aside_and_named(
    open_store: OpenStore, place: float
) -> None:
    """At once when it cannot be opened, else when a read or a flush meets the damaged block."""
    store = open_store()
    await append(store, 1)
    await seal(store)
    await append(store, *range(100, 400))
    hot = store.folder / next(f.narrow_path for f in store.catalog.files() if f.role == "active")
    await asyncio.to_thread(store.close)
    with hot.open("r+b") as file:
        file.seek(int(hot.stat().st_size * place))
        file.write(b"\x55" * 40_000)
    again = open_store()
    for _ in range(20):
        try:
            await append(again, 3)
            await again.reads.observations("p", [], limit=100)
            await again.visible("p")
            break
        except Unavailable:
            await asyncio.sleep(0.1)
    assert again.reads.missing == (hot.name,)
    assert "is damaged" in again.problems()[0]
    assert hot.exists()
    assert await again.reads.observation("p", "g1") is not None
    # What the journal still has of it is written again.
    assert await again.reads.observation("p", "g200") is not None
    assert await again.reads.observation("p", "g3") is not None


async def test_a_score_that_left_its_trace_stays_single_when_the_trace_comes_back(
    store: Store,
) -> None:
    await store.append("p", ORIGIN, [trace("t"), score("c", "t", value=1)])
    await store.visible("p")
    await seal(store)
    await store.append("p", ORIGIN, [score("c", "t", NOVEMBER + 1, value=2)])
    await store.visible("p")
    await seal(store)
    await store.append("p", ORIGIN, [trace("t", NOVEMBER + 2, name="late")])
    await store.visible("p")
    found = (await store.reads.scores("p", [])).rows
    assert [row["value"] for row in found] == [2]
    assert (await store.reads.counts("p"))["scores"] == 1


async def test_old_traces_that_were_brought_back_are_not_moved_on_at_every_look(
    store: Store,
) -> None:
    """They are due by their age at once, and stay hot as they were just touched."""
    store.sealer.limits = replace(store.sealer.limits, age_seconds=0)
    await append(store, 1, 2, 3)
    hot = [store.sealer.applier.hot.id]
    for _ in range(2):
        await asyncio.to_thread(store.sealer.look)
        hot.append(store.sealer.applier.hot.id)

    assert hot[0] != hot[1] == hot[2]
