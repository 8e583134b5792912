"""Tools that a model could call and did call, and definitions that move from metadata to input."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.records.payload import json_text, payload_text
from collector.records.tool_calls import TOOL_CALLS_MAX
from collector.records.tool_definitions import TOOL_DEFINITIONS_MAX
from collector.records.tool_text import TOOL_TEXT_CHARACTERS_MAX
from collector.records.tools import Tools, restored, tools_of

FLAT = {"name": "f", "description": "does f", "parameters": {"type": "object"}}
STORED = '{"description":"does f","parameters":"{\\"type\\":\\"object\\"}"}'
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
STORED_CALL = '{"id":"c1","arguments":"{\\"a\\":1}","type":"function","index":0}'


def found(input_: Any = None, output: Any = None, metadata: Any = None) -> Tools:
    values = {"input": payload_text(input_), "output": payload_text(output), "metadata": metadata}
    return tools_of(values)


@pytest.mark.parametrize(
    "value",
    [
        {"tools": [FLAT]},
        {"tools": [{"type": "function", "function": FLAT}], "messages": []},
        {"tools": json.dumps([FLAT])},
        {"tools": [json.dumps(FLAT)]},
        {"messages": [{"role": "user", "content": "x", "tools": [FLAT]}]},
        [{"role": "user", "tools": [FLAT]}],
        [{"role": "tool", "content": {"type": "function", "function": FLAT}}],
        [{"role": "tool", "content": json.dumps({"type": "function", "function": FLAT})}],
        {"tools": [{"name": "f", "desc": "does f", "parameters_json_schema": {"type": "object"}}]},
        {"tools": [{"name": "f", "description": "does f", "inputSchema": {"type": "object"}}]},
        {"tools": [FLAT, {"name": "f", "description": "a second f"}]},
    ],
)
def test_definitions_are_found_in_the_input(value: Any) -> None:
    assert found(value).definitions == {"f": STORED}
    assert found(value).input == payload_text(value)


@pytest.mark.parametrize(
    "value",
    [
        "tools",
        '"tools"',
        {"tools": "none"},
        {"tools": {"f": FLAT}},
        {"tools": [None, 1, "f", {"name": ""}, {"name": 5}, {"type": "web_search"}]},
        [{"role": "tool", "content": "the function said 5", "tool_call_id": "c1"}],
        [{"role": "user", "content": {"type": "function", "function": FLAT}}, "tools"],
        '{"tools": [',
    ],
)
def test_what_only_looks_like_a_definition_is_none(value: Any) -> None:
    assert found(value) == Tools(payload_text(value), None)


def test_a_definition_without_words_has_empty_ones() -> None:
    stored = found({"tools": [{"name": "f"}]}).definitions
    assert stored == {"f": '{"description":"","parameters":""}'}


@pytest.mark.parametrize(
    "output",
    [
        CALL,
        [CALL],
        {"role": "assistant", "content": None, "tool_calls": [CALL]},
        {"role": "assistant", "toolCalls": [CALL]},
        {"role": "assistant", "tool_calls": json.dumps([CALL])},
        [{"role": "assistant", "tool_calls": [CALL]}],
        {"choices": [{"message": {"role": "assistant", "tool_calls": [CALL]}}]},
        {"content": "", "additional_kwargs": {"tool_calls": [CALL]}},
        {"tool_calls": [CALL], "additional_kwargs": {"tool_calls": [CALL]}},
        {"tool_calls": [CALL, {**CALL, "index": 5}]},
    ],
)
def test_a_call_is_found_in_the_output(output: Any) -> None:
    assert found(output=output).calls == [STORED_CALL]
    assert found(output=output).called_names == ["f"]


@pytest.mark.parametrize(
    ("part", "stored"),
    [
        (
            {"type": "tool_use", "id": "u1", "name": "f", "input": {"a": 1}},
            '{"id":"u1","arguments":"{\\"a\\":1}","type":"tool_use","index":1}',
        ),
        (
            {"type": "tool-call", "toolCallId": "u1", "toolName": "f", "args": {"a": 1}},
            '{"id":"u1","arguments":"{\\"a\\":1}","type":"tool-call","index":1}',
        ),
    ],
)
def test_parts_of_a_message_may_be_calls(part: Any, stored: str) -> None:
    message = {"role": "assistant", "content": [{"type": "text", "text": "well"}, part]}
    assert found(output=message).calls == [stored]
    assert found(output=[message]).called_names == ["f"]


def test_a_call_without_a_name_is_none() -> None:
    assert found(output={"tool_calls": [{"id": "c1", "function": {"arguments": "{}"}}]}).calls == []


def test_calls_without_ids_differ_by_name_and_arguments() -> None:
    calls = [{"name": "f", "args": {"a": 1}}, {"name": "f", "args": {"a": 2}}]
    twice = found(output={"tool_calls": [*calls, calls[0]]})
    assert twice.called_names == ["f", "f"]
    assert [json.loads(call)["index"] for call in twice.calls] == [0, 1]


@pytest.mark.parametrize(
    "output",
    [
        "the tool was called",
        [{"role": "user", "name": "alice", "content": "arguments about a tool"}],
        {"name": "alice", "tool": "hammer"},
        {"content": [{"type": "tool_result", "name": "f", "content": "5"}]},
        {"tool_calls": None, "toolCalls": "none", "choices": [None, {"message": None}]},
        {"tool_calls": {"name": "f"}},
    ],
)
def test_what_only_speaks_of_tools_is_no_call(output: Any) -> None:
    assert found(output=output).calls == []


# -- moving ------------------------------------------------------------------------------------

TEXT = json.dumps([FLAT])


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        ([{"role": "user"}], {"messages": [{"role": "user"}], "tools": [FLAT]}),
        ({"q": 1}, {"q": 1, "tools": [FLAT]}),
        ({"tools": [{"name": "g"}]}, {"tools": [{"name": "g"}, FLAT]}),
        ("say hi", {"prompt": "say hi", "tools": [FLAT]}),
        (None, {"tools": [FLAT]}),
    ],
)
@pytest.mark.parametrize(
    "metadata",
    [
        {"tools": [FLAT]},
        {"tools": TEXT},
        {"attributes": {"ai.prompt.tools": json.dumps([json.dumps(FLAT)])}},
        {"attributes": {"gen_ai.tool.definitions": TEXT}},
        {"attributes": {"model_request_parameters": json.dumps({"function_tools": [FLAT]})}},
        {"attributes": {"llm.tools.0.tool.json_schema": json.dumps(FLAT)}},
    ],
)
def test_definitions_among_the_metadata_move_into_the_input(
    value: Any, moved: Any, metadata: dict[str, Any]
) -> None:
    made = found(value, metadata={**metadata, "kept": 1})
    assert json.loads(made.input or "") == moved
    assert made.definitions["f"] == STORED
    assert "f" not in json.dumps(made.metadata).replace("function", "")
    assert (made.metadata or {})["kept"] == 1


def test_what_stands_beside_the_definitions_stays() -> None:
    parameters = {"function_tools": [FLAT], "output_mode": "text"}
    made = found(metadata={"attributes": {"model_request_parameters": json.dumps(parameters)}})
    assert made.metadata == {"attributes": {"model_request_parameters": '{"output_mode":"text"}'}}


def test_tools_spread_over_attributes_move_in_the_order_of_their_numbers() -> None:
    names = {
        f"llm.tools.{n}.tool.json_schema": json.dumps({"name": f"t{n}"}) for n in (10, 2, 0, 1)
    }
    made = found(metadata={"attributes": names})
    assert list(made.definitions) == ["t0", "t1", "t2", "t10"]
    assert made.metadata == {"attributes": {}}


@pytest.mark.parametrize(
    "metadata",
    [
        {"tools": ["hammer", "saw"]},
        {"tools": [FLAT, {"no": "name"}]},
        {"tools": []},
        {"tools": "hammer"},
        {"attributes": {"gen_ai.tool.definitions": "[]"}},
        {"attributes": {"model_request_parameters": '{"function_tools":[]}'}},
        {"attributes": {"llm.tools.x.tool.json_schema": TEXT, "llm.tools.0.tool.name": "f"}},
        {"attributes": "text"},
    ],
)
def test_other_metadata_stay_where_they_are(metadata: dict[str, Any]) -> None:
    assert found("in", metadata=metadata) == Tools("in", metadata)


# Definitions that move, each under a name of its own.
ENTRIES = st.lists(st.sampled_from([{"name": f"t{n}", "parameters": {"n": n}} for n in range(4)]))
PLACES = st.fixed_dictionaries(
    {},
    optional={
        "tools": ENTRIES,
        "other": st.text(),
        "attributes": st.fixed_dictionaries(
            {},
            optional={
                "ai.prompt.tools": ENTRIES.map(json_text),
                "gen_ai.tool.definitions": ENTRIES.map(json_text),
                "model_request_parameters": ENTRIES.map(
                    lambda tools: json_text({"mode": "m", "function_tools": tools})
                ),
                "llm.tools.0.tool.json_schema": st.just('{"name":"t9"}'),
                "other": st.text(),
            },
        ),
    },
)
INPUTS = st.none() | st.text(min_size=1) | st.sampled_from(['[{"role":"user"}]', '{"q":1}'])


@given(INPUTS, PLACES)
def test_moving_back_gives_input_and_metadata_as_they_were(
    value: str | None, metadata: dict[str, Any]
) -> None:
    values = {"input": value, "output": None, "metadata": metadata}
    made = tools_of(values)
    if made.moved is None:
        assert (made.input, made.metadata) == (value, metadata)
        return
    stored = {"input": made.input, "output": None, "metadata": made.metadata}
    before = restored(stored, orjson.loads(orjson.dumps(made.moved)))
    parts = (before["metadata"].get("attributes") or {}).get("model_request_parameters")
    if parts is not None:
        texts = before["metadata"]["attributes"]
        texts["model_request_parameters"] = json_text({"mode": "m"} | json.loads(parts))
    assert before == values
    assert tools_of(before) == made


def test_an_input_as_long_as_may_be_moves_and_comes_back() -> None:
    values = {
        "input": "x" * TOOL_TEXT_CHARACTERS_MAX,
        "output": None,
        "metadata": {"tools": [FLAT]},
    }
    made = tools_of(values)
    assert made.moved is not None
    stored = {"input": made.input, "output": None, "metadata": made.metadata}
    assert restored(stored, made.moved) == values


# -- limits ------------------------------------------------------------------------------------


def test_too_many_definitions_and_calls_are_cut_and_counted() -> None:
    tools = [{"name": f"t{n}"} for n in range(TOOL_DEFINITIONS_MAX + 1)]
    calls = [{"id": str(n), "name": "f", "args": {}} for n in range(TOOL_CALLS_MAX + 1)]
    made = found({"tools": tools}, calls)
    assert (len(made.definitions), len(made.calls)) == (TOOL_DEFINITIONS_MAX, TOOL_CALLS_MAX)
    assert made.limits_hit == ("tool_definitions_max", "tool_calls_max")


def test_a_text_past_the_limit_is_kept_unread() -> None:
    long = json.dumps({"tools": [FLAT], "q": "x" * TOOL_TEXT_CHARACTERS_MAX})
    made = found(long, long, {"attributes": {"gen_ai.tool.definitions": TEXT}})
    assert (made.input, made.calls, made.moved) == (long, [], None)
    assert list(made.definitions) == ["f"]
    assert set(made.limits_hit) == {"tool_text_characters_max"}


def test_json_too_deep_to_be_written_again_is_left_alone() -> None:
    deep = '{"tools":[{"name":"f","parameters":' + "[" * 500 + "]" * 500 + "}]}"
    metadata = {"attributes": {"gen_ai.tool.definitions": TEXT}}
    assert found(deep) == Tools(deep, None)
    assert found(deep, metadata=metadata) == Tools(deep, metadata)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "tools",
                    "messages",
                    "content",
                    "role",
                    "tool_calls",
                    "function",
                    "name",
                    "type",
                    "choices",
                    "message",
                    "additional_kwargs",
                    "arguments",
                    "attributes",
                    "gen_ai.tool.definitions",
                    "model_request_parameters",
                    "function_tools",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JSON, JSON, st.dictionaries(st.sampled_from(["tools", "attributes"]), JSON))
def test_nothing_that_is_json_stops_a_flush(value: Any, output: Any, metadata: Any) -> None:
    try:
        given_input, given_output = json.dumps(value), json.dumps(output)
    except ValueError:
        return
    made = tools_of({"input": given_input, "output": given_output, "metadata": metadata})
    assert len(made.calls) == len(made.called_names)
