"""Where the conventions put input and output, and who is asked first."""

from typing import Any

import orjson
import pytest

from tests.ingest.exports import observed


def sides(attributes: dict[str, Any] | None = None, **more: Any) -> tuple[Any, Any]:
    fields = observed(attributes, **more)
    return fields.get("input"), fields.get("output")


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, (None, None)),
        ({"langfuse.observation.output": "o", "input.value": "i"}, (None, "o")),
        ({"langfuse.observation.input": "", "input.value": "i"}, (None, None)),
        ({"gcp.vertex.agent.llm_request": "{}"}, ("{}", None)),
        (
            {"gcp.vertex.agent.llm_request": "{}", "gcp.vertex.agent.tool_call_args": "a"},
            ("a", None),
        ),
        ({"prompt": "p", "all_messages_events": "[1]"}, ("p", "[1]")),
        ({"lk.user_transcript": "u", "lk.function_tool.output": "f"}, ("u", "f")),
        ({"mlflow.spanInputs": "{}", "input": "later"}, ("{}", None)),
        ({"traceloop.entity.output": "x"}, (None, "x")),
        ({"input.value": "", "output.value": "o"}, (None, "o")),
        ({"input": {"a": 1}, "output": [2]}, ('{"a":1}', "[2]")),
        ({"tool_arguments": "{}", "tool_response": "1"}, ("{}", "1")),
        ({"gen_ai.tool.call.arguments": "a", "gen_ai.tool.call.result": "r"}, ("a", "r")),
        ({"gen_ai.prompt.0.content": "hi"}, ('[{"content":"hi"}]', "{}")),
        ({"llm.output_messages.0.message.role": "x"}, ("{}", '[{"message":{"role":"x"}}]')),
    ],
)
def test_the_first_convention_that_finds_one_side_decides(
    attributes: dict[str, Any], expected: tuple[Any, Any]
) -> None:
    assert sides(attributes) == expected


@pytest.mark.parametrize("value", [0, False, ""])
def test_a_value_that_says_nothing_is_not_stored(value: Any) -> None:
    assert sides({"langfuse.observation.input": value}) == (None, None)


def test_logfire_tells_both_sides_in_one_list() -> None:
    events = [{"event.name": "gen_ai.user.message"}, {"event.name": "gen_ai.choice", "n": 1}, 5]
    expected = ('[{"event.name":"gen_ai.user.message"}]', '{"event.name":"gen_ai.choice","n":1}')
    assert sides({"events": events}) == expected
    assert sides({"events": orjson.dumps(events).decode()}) == expected


def test_genkit_has_the_last_word_in_its_scope() -> None:
    values = {"genkit:input": '{"messages":[1]}', "genkit:output": "plain", "input.value": "x"}
    assert sides(values, scope="genkit-tracer") == ("[1]", "plain")
    assert sides({"input.value": "x"}, scope="genkit-tracer") == (None, None)


@pytest.mark.parametrize(
    ("attributes", "output"),
    [
        ({"ai.response.text": "t", "ai.result.text": "older"}, "t"),
        ({"ai.response.text": "", "ai.result.object": "{}"}, "{}"),
        ({"ai.response.toolCalls": "[]"}, "[]"),
        (
            {"ai.response.text": "t", "ai.response.toolCalls": "[]"},
            '{"role":"assistant","content":"t","tool_calls":"[]"}',
        ),
        ({"gen_ai.output.messages": "[1]"}, "[1]"),
        ({"output.value": "not asked"}, None),
    ],
)
def test_vercel_outputs_have_their_own_order(attributes: dict[str, Any], output: Any) -> None:
    assert sides(attributes, scope="ai") == (None, output)


@pytest.mark.parametrize(
    ("attributes", "given"),
    [
        ({"ai.prompt.messages": "[1]", "ai.prompt": "p"}, "[1]"),
        ({"ai.prompt": "p", "ai.toolCall.args": "{}"}, "p"),
        ({"gen_ai.input.messages": "[2]"}, "[2]"),
    ],
)
def test_vercel_inputs_have_their_own_order(attributes: dict[str, Any], given: str) -> None:
    assert sides(attributes, scope="ai")[0] == given


def test_flue_counts_only_in_its_scope() -> None:
    values = {"flue.turn.input": '{"a": 1}', "flue.operation.result": "done", "input": "i"}
    assert sides(values, scope="@flue/opentelemetry") == ('{"a":1}', "done")
    assert sides(values) == ("i", None)


class TestSystemInstructions:
    """Said beside the messages, read as the first of them."""

    def test_they_lead_the_messages(self) -> None:
        values = {"gen_ai.input.messages": "[1]", "gen_ai.system_instructions": "be nice"}
        assert sides(values)[0] == '[{"role":"system","content":"be nice"},1]'

    def test_their_parts_are_joined(self) -> None:
        parts = '[{"type":"text","content":"a"},"b",{"other":1}]'
        values = {"gen_ai.input.messages": [1], "gen_ai.system_instructions": parts}
        assert sides(values)[0] == '[{"role":"system","content":"a\\nb"},1]'

    def test_a_system_message_of_the_caller_stays_the_only_one(self) -> None:
        given = '[{"role": "system"}]'
        values = {"gen_ai.input.messages": given, "gen_ai.system_instructions": "x"}
        assert sides(values)[0] == given

    def test_pydantic_agents_have_them_too(self) -> None:
        values = {"pydantic_ai.all_messages": "[]", "gen_ai.system_instructions": "x"}
        assert sides(values, scope="pydantic-ai")[0] == '[{"role":"system","content":"x"}]'
        assert sides(values) == (None, None)


class TestMessagesInEvents:
    """Older conventions wrote messages as events of the span."""

    def test_roles_come_from_their_names(self) -> None:
        events = [
            ("gen_ai.system.message", {"content": "s"}),
            ("gen_ai.tool.message", {"role": "own", "id": "1"}),
            ("gen_ai.choice", {"message": "m"}),
            ("exception", {}),
        ]
        given = '[{"role":"system","content":"s"},{"role":"own","id":"1"}]'
        assert sides(events=events) == (given, '{"message":"m"}')

    def test_several_choices_are_a_list(self) -> None:
        assert sides(events=[("gen_ai.choice", {"n": 1}), ("gen_ai.choice", {"n": 2})]) == (
            None,
            '[{"n":1},{"n":2}]',
        )

    def test_operation_details_come_first(self) -> None:
        name = "gen_ai.client.inference.operation.details"
        events = [
            (name, {"other": 1}),
            (name, {"gen_ai.output.messages": "[2]"}),
            ("gen_ai.choice", {}),
        ]
        assert sides({"input": "attribute"}, events=events) == (None, "[2]")

    def test_the_form_before_is_read_by_the_same_rules(self) -> None:
        events = [
            ("gen_ai.content.prompt", {"gen_ai.prompt": "P"}),
            ("gen_ai.content.completion", {"unknown": "C"}),
        ]
        assert sides(events=events) == ("P", '{"unknown":"C"}')

    def test_attributes_count_when_events_tell_nothing(self) -> None:
        assert sides({"input": "i"}, events=[("exception", {"input": "no"})]) == ("i", None)
