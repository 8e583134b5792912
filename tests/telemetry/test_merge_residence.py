"""Where flush borders and seals fall changes no record: the whole store against the contract."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, nullcontext
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid5

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from collector.records.merge import MADE_UP_TRACES
from collector.settings import load_settings
from collector.telemetry.rows import Row
from collector.telemetry.sealing import SealLimits
from collector.telemetry.store import Store
from tests.records.entities import Event, changes, entities, expected_values
from tests.telemetry.changes import ORIGIN

STEPS = 5
# What reads show where nobody said anything.
DEFAULTS: dict[str, Any] = {
    "name": "",
    "level": "DEFAULT",
    "public": False,
    "tags": [],
    "metadata": {},
    "usage_details": {},
    "parent_id": "",
    "cost_details": {},
}
_projects = count()


class Running:
    """A store and the loop it lives in, for tests that Hypothesis calls many times."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self.store = self._opened()

    def _opened(self) -> Store:
        store = Store(load_settings({"data_dir": str(self._folder)}, environ={}))
        store.start()
        return store

    def run(self, task: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(task)

    def restart(self) -> None:
        """What is durable is replayed or read by a new store."""
        self.store.close()
        self.store = self._opened()

    def close(self) -> None:
        self.store.close()
        self._loop.close()

    def send(self, project_id: str, sent: list[Event]) -> None:
        """In one flush."""
        self.run(self.store.append(project_id, ORIGIN, changes(sent)))
        self.run(self.store.visible(project_id))

    def seal_all(self) -> None:
        self.store.sealer.seal_now()

    def rotate(self) -> None:
        """What was touched lately, here everything, moves to a new hot file."""
        self.store.sealer.limits = SealLimits(observations=1)
        self.store.sealer.look()

    @contextmanager
    def sealing(self) -> Iterator[None]:
        """What is sent inside meets rows that are just being copied."""
        thread = Thread(target=self.store.sealer.seal_now)
        thread.start()
        yield
        thread.join()

    def read(self, kind: str, project_id: str, entity_id: str) -> Row | None:
        found: Row | None = self.run(getattr(self.store.reads, kind)(project_id, entity_id))
        return found


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One store for all examples; each has a project of its own."""
    running = Running(tmp_path_factory.mktemp("store"))
    yield running
    running.close()


@st.composite
def schedules(draw: st.DrawFn) -> tuple[dict[str, tuple[str, list[Event]]], list[list[Event]]]:
    """Entities with their events, and the events by the flush they arrive in, some twice."""
    kinds = ["trace", "observation", "score", "observation", "score", "trace", "observation"]
    # Traces are called as observations and scores name them, so that rows meet and move together.
    names = ["t1", "o1", "s1", "o2", "s2", "t2", "t1"]
    known: dict[str, tuple[str, list[Event]]] = {}
    flushes: list[list[Event]] = [[] for _ in range(STEPS)]
    for kind, name in zip(kinds, names, strict=True):
        sent = draw(entities(kind, name, most=3))
        known[f"{kind} {name}"] = (kind, sent)
        for event in sent:
            steps = draw(st.lists(st.integers(0, STEPS - 1), min_size=1, max_size=2))
            for step in steps:
                flushes[step].append(event)
    return known, flushes


def told(record: Row) -> dict[str, Any]:
    """The record as far as events tell it, defaults of columns left out."""
    return {
        name: value
        for name, value in record.items()
        if value is not None and DEFAULTS.get(name) != value
    }


def read_as(kind: str, sent: list[Event]) -> dict[str, Any]:
    """What a read of the record has to show."""
    values = told(expected_values(kind, sent))
    usage, cost = values.pop("usage", {}), values.pop("cost", {})
    if usage:
        values["usage_details"] = {"total": sum(usage.values())} | usage
    if cost:
        known_sides = cost.keys() <= {"input", "output"}
        values["cost_details"] = ({"total": sum(cost.values())} if known_sides else {}) | cost
    if "end_ms" in values:
        values["end_ms"] = max(values["end_ms"], values["start_ms"])
    if kind == "observation":
        values.setdefault("trace_id", str(uuid5(MADE_UP_TRACES, sent[0]["body"]["id"])))
    return values


# Finding the shortest example takes minutes of seals; whoever meets a failure turns it on.
@settings(max_examples=8, phases=(Phase.explicit, Phase.generate))
@given(
    schedule=schedules(),
    between=st.dictionaries(
        st.integers(0, STEPS - 1), st.sampled_from(["seal all", "rotate", "seal meanwhile"])
    ),
    restarted_after=st.none() | st.integers(0, STEPS - 1),
)
def test_flushes_seals_and_restarts_between_events_change_nothing(
    running: Running, schedule: Any, between: dict[int, str], restarted_after: int | None
) -> None:
    known, flushes = schedule
    project_id = f"p{next(_projects)}"
    for step, sent in enumerate(flushes):
        event = between.get(step)
        with running.sealing() if event == "seal meanwhile" else nullcontext():
            if sent:
                running.send(project_id, sent)
        if event == "seal all":
            running.seal_all()
        elif event == "rotate":
            running.rotate()
        if step == restarted_after:
            running.restart()
    for name, (kind, sent) in known.items():
        found = running.read(kind, project_id, name.split()[1])
        assert found is not None, name
        shown = {field: found[field] for field in FIELDS[kind]}
        assert told(shown) == read_as(kind, sent), name
    counts = running.run(running.store.reads.counts(project_id))
    assert (counts["traces"], counts["observations"], counts["scores"]) == (2, 3, 2)


FIELDS = {
    "trace": (
        *("timestamp_ms", "name", "user_id", "session_id", "release", "version", "environment"),
        *("tags", "public", "input", "output", "metadata"),
    ),
    "observation": (
        *("trace_id", "parent_id", "type", "name", "environment", "level", "status_message"),
        *("version", "start_ms", "end_ms", "completion_start_ms", "model", "model_parameters"),
        *("prompt_name", "prompt_version", "input", "output", "metadata"),
        *("usage_details", "cost_details"),
    ),
    "score": (
        *("trace_id", "observation_id", "name", "data_type", "value", "string_value"),
        *("long_string_value", "comment", "metadata", "environment", "source", "config_id"),
        *("queue_id", "execution_trace_id", "timestamp_ms"),
    ),
}
