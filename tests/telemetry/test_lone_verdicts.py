"""A trace that an SDK made up for one guardrail event is told from others."""

from typing import Any, cast

import pytest

from collector.guardrails.recognise import recognise
from collector.records.change import Change
from collector.telemetry.rows import Knowledge
from collector.telemetry.store import Store
from tests.telemetry.changes import NOVEMBER, ORIGIN, span, trace
from tests.telemetry.conftest import OpenStore

NAME = "guardrail-blocked"


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    store = open_store()
    writer = store._writer
    assert writer is not None
    writer._applier.knowledge = Knowledge(verdict=cast(Any, recognise))
    return store


def lone(trace_id: str = "t", name: str = NAME) -> list[Change]:
    event = span(f"e-{trace_id}", trace_id, NOVEMBER, type="EVENT", name=NAME)
    return [trace(trace_id, NOVEMBER, name=name), event]


async def is_synthetic(store: Store, trace_id: str = "t") -> bool:
    await store.visible("p")
    row = await store.reads.trace("p", trace_id)
    assert row is not None
    return bool(row["synthetic"])


async def send(store: Store, changes: list[Change]) -> None:
    await store.append("p", ORIGIN, changes)
    await store.visible("p")


async def test_one_event_of_the_traces_name_is_alone(store: Store) -> None:
    await send(store, lone())
    await send(store, lone())  # sent again

    assert await is_synthetic(store)


async def test_company_makes_it_a_common_trace(store: Store) -> None:
    await send(store, lone())
    await send(store, [span("s", "t", NOVEMBER + 1, name="chat")])

    assert not await is_synthetic(store)
    row = await store.reads.trace("p", "t")
    assert row is not None
    assert (row["name"], row["observation_count"]) == (NAME, 2)


@pytest.mark.parametrize(
    "changes",
    [
        [*lone(), span("s", "t", NOVEMBER + 1, name="chat")],
        lone(name="chat"),
        [trace("t", NOVEMBER, name="hello"), span("e", "t", type="EVENT", name="hello")],
        [trace("t", NOVEMBER, name=NAME), span("e", "t", type="SPAN", name=NAME)],
    ],
)
async def test_other_traces_are_common(store: Store, changes: list[Change]) -> None:
    await send(store, changes)

    assert not await is_synthetic(store)
