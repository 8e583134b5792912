"""Tools are told by the stored rows, whichever way and in whichever order the events came."""

import itertools
import json

import pytest

from collector import metrics
from collector.records.change import Change
from collector.records.tool_text import TOOL_TEXT_CHARACTERS_MAX
from collector.telemetry.rows import Row
from collector.telemetry.store import Store
from tests.telemetry.changes import NOVEMBER, ORIGIN, span

TOOL = {"name": "search", "description": "looks up", "parameters": {}}
DEFINED = {"attributes": {"gen_ai.tool.definitions": json.dumps([TOOL]), "kept": "1"}}
CALL = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": "{}"}}


async def stored(store: Store, *flushes: list[Change]) -> Row:
    for changes in flushes:
        await store.append("p", ORIGIN, changes)
        await store.visible("p")
    found = await store.reads.observation("p", "s")
    assert found is not None
    return found


async def test_rows_name_the_tools_and_payloads_hold_them(store: Store) -> None:
    output = json.dumps({"role": "assistant", "tool_calls": [CALL]})
    told = span("s", "t", input='[{"role":"user"}]', output=output, metadata=DEFINED)
    row = await stored(store, [told])

    assert (row["tool_names"], row["called_tool_names"]) == (["search"], ["search"])
    assert json.loads(row["tool_definitions"]) == {
        "search": '{"description":"looks up","parameters":"{}"}'
    }
    [call] = json.loads(row["tool_calls"])
    assert json.loads(call) == {"id": "c1", "arguments": "{}", "type": "function", "index": 0}
    assert json.loads(row["input"]) == {"messages": [{"role": "user"}], "tools": [TOOL]}
    assert row["metadata"] == {"attributes": {"kept": "1"}}
    assert "search" in row["input_preview"]
    assert "gen_ai.tool.definitions" not in row["metadata_preview"]


async def test_an_observation_without_tools_names_none(store: Store) -> None:
    row = await stored(store, [span("s", "t", input='["plain"]', output="the tool is blunt")])

    assert (row["tool_names"], row["called_tool_names"]) == ([], [])
    assert (row["tool_definitions"], row["tool_calls"]) == (None, None)


CHANGES = (
    span("s", "t", input='["first"]', metadata=DEFINED),
    span("s", "t", NOVEMBER + 1, update=True, input='["second"]', metadata={"more": 1}),
    span("s", "t", NOVEMBER + 2, update=True, output="done", metadata={"attributes": {"x": "y"}}),
)


@pytest.mark.parametrize("order", list(itertools.permutations(CHANGES)))
async def test_tools_follow_the_newest_input_in_any_order_of_arrival(
    store: Store, order: tuple[Change, ...]
) -> None:
    row = await stored(store, *([change] for change in order))

    assert json.loads(row["input"]) == {"messages": ["second"], "tools": [TOOL]}
    assert row["metadata"] == {"attributes": {"kept": "1", "x": "y"}, "more": 1}
    assert row["tool_names"] == ["search"]


async def test_the_same_event_again_moves_nothing_twice(store: Store) -> None:
    told = span("s", "t", input="say hi", metadata={"tools": [TOOL]})
    row = await stored(store, [told], [told], [told])

    assert json.loads(row["input"]) == {"prompt": "say hi", "tools": [TOOL]}
    assert row["metadata"] == {}


async def test_a_text_too_long_to_search_is_counted(store: Store) -> None:
    hits = metrics.LIMIT_HITS.labels("tool_text_characters_max")
    before = hits._value.get()
    long = json.dumps({"tools": [TOOL], "text": "x" * TOOL_TEXT_CHARACTERS_MAX})
    row = await stored(store, [span("s", "t", input=long)])

    assert (row["input"], row["tool_names"]) == (long, [])
    assert hits._value.get() == before + 1
