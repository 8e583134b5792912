"""Tool definitions that come as metadata are read as part of the input, through both doors."""

import json
from typing import Any

import pytest

from tests.api.events import generation, trace
from tests.api.people import Person
from tests.ingest.exports import SPAN_ID, json_export, json_span

TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}
MESSAGES = [{"role": "user", "content": "where?"}]
MOVED = {"messages": MESSAGES, "tools": [TOOL]}


@pytest.mark.parametrize("tools", [[TOOL], json.dumps([TOOL]), [json.dumps(TOOL)]])
async def test_tools_of_an_event_move_into_its_input(client: Person, tools: Any) -> None:
    told = generation("g1", "t1", input=MESSAGES, metadata={"tools": tools, "k": "v"})
    await client.ingests(trace("t1"), told)

    found = await client.reads("/api/public/observations/g1")
    assert (found["input"], found["metadata"]) == (MOVED, {"k": "v"})


async def test_other_tools_of_an_event_stay_metadata(client: Person) -> None:
    await client.ingests(generation("g1", "t1", input="x", metadata={"tools": ["hammer"]}))

    found = await client.reads("/api/public/observations/g1")
    assert (found["input"], found["metadata"]) == ("x", {"tools": ["hammer"]})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("gen_ai.tool.definitions", json.dumps([TOOL])),
        ("model_request_parameters", json.dumps({"function_tools": [TOOL]})),
        ("llm.tools.0.tool.json_schema", json.dumps(TOOL)),
    ],
)
async def test_tools_of_a_span_move_into_its_input(client: Person, name: str, value: str) -> None:
    said = {"gen_ai.input.messages": json.dumps(MESSAGES), name: value}
    attributes = [{"key": key, "value": {"stringValue": text}} for key, text in said.items()]
    headers = {"content-type": "application/json"}
    body = json_export(json_span(attributes=attributes))
    await client.post("/api/public/otel/v1/traces", content=body, headers=headers)

    found = await client.reads(f"/api/public/observations/{SPAN_ID}")
    assert found["input"] == MOVED
    assert "search" not in json.dumps(found["metadata"])
