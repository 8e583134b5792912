"""Units and costs in every dialect."""

from typing import Any

import pytest

from tests.ingest.exports import observed

DETAILS = "langfuse.observation.usage_details"
COSTS = "langfuse.observation.cost_details"


@pytest.mark.parametrize(
    ("attributes", "usage"),
    [
        ({}, None),
        ({DETAILS: '{"input": 3, "output": "4", "bad": -1}'}, {"input": 3, "output": 4}),
        ({DETAILS: {"input": 3}}, {"input": 3}),
        ({DETAILS: "[1]", "gen_ai.usage.input_tokens": 5}, None),
        ({DETAILS: 5, "gen_ai.usage.input_tokens": 5}, None),
        ({DETAILS: '"text"', "gen_ai.usage.input_tokens": 5}, None),
        ({DETAILS: "", "gen_ai.usage.input_tokens": 5}, {"input": 5}),
        ({DETAILS: "no json", "gen_ai.usage.input_tokens": 5}, {"input": 5}),
        (
            {
                DETAILS: '{"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14,'
                ' "prompt_tokens_details": {"cached_tokens": 6, "audio_tokens": null}}'
            },
            {"input": 4, "output": 4, "total": 14, "input_cached_tokens": 6},
        ),
        ({"gen_ai.usage.input_tokens": 0, "gen_ai.usage.prompt_tokens": 7}, {"input": 7}),
        ({"llm.token_count.prompt": "5", "llm.token_count.total": 9}, {"input": 5, "total": 9}),
        (
            {"gen_ai.usage.input_tokens": 5, "gen_ai.usage.cache_read.input_tokens": 9},
            {"input": 0, "input_cached_tokens": 9},
        ),
        (
            {
                "gen_ai.usage.output_tokens": 10,
                "llm.token_count.completion_details.reasoning": 3,
                "llm.token_count.completion_details.audio": 2,
            },
            {"output": 5, "output_reasoning_tokens": 3, "output_audio_tokens": 2},
        ),
        ({"gen_ai.usage.details.x": 1, "gen_ai.usage.a.b": 2.5}, {"x": 1}),
        ({"gen_ai.usage.input_tokens": "many", "gen_ai.usage.cost": 1}, None),
        ({"gen_ai.usage.cache_write_input_tokens": 2}, {"cache_write_input_tokens": 2}),
        ({"gen_ai.operation.name": "invoke_agent", DETAILS: '{"input": 1}'}, None),
    ],
)
def test_counts_are_named_by_langfuse(attributes: dict[str, Any], usage: Any) -> None:
    assert observed(attributes).get("usage") == usage


@pytest.mark.parametrize(
    ("attributes", "cost"),
    [
        ({}, None),
        ({COSTS: '{"input": 0.5, "output": "0.25", "bad": -1}'}, {"input": 0.5, "output": 0.25}),
        ({COSTS: "[]", "gen_ai.usage.cost": 1}, None),
        ({COSTS: "{", "gen_ai.usage.cost": 1}, {"total": 1.0}),
        ({COSTS: '"0.5"', "gen_ai.usage.cost": 1}, None),
        ({"gen_ai.usage.cost": "", "llm.cost.total": "0.5"}, {"total": 0.5}),
        ({"gen_ai.usage.cost": 0, "llm.cost.total": 1}, {"total": 0.0}),
        ({"gen_ai.usage.cost": "much"}, None),
        ({"llm.cost.prompt": 1}, None),
        ({"gen_ai.operation.name": "agent_step", "gen_ai.usage.cost": 1}, None),
    ],
)
def test_costs_are_numbers(attributes: dict[str, Any], cost: Any) -> None:
    assert observed(attributes).get("cost") == cost


def test_genkit_tells_usage_in_its_output() -> None:
    said = '{"usage": {"inputTokens": 5, "outputTokens": 2, "thoughtsTokens": 3, "totalTokens": 0}}'
    fields = observed({"genkit:output": said}, scope="genkit-tracer")
    assert fields["usage"] == {"input": 5, "output_reasoning": 3}


def test_genkit_without_usage_is_asked_like_the_others() -> None:
    values = {"genkit:output": "{}", "gen_ai.usage.input_tokens": 4}
    assert observed(values, scope="genkit-tracer")["usage"] == {"input": 4}


@pytest.mark.parametrize(
    ("more", "usage"),
    [
        ({}, {"input": 6, "input_cached_tokens": 4}),
        (
            {"gen_ai.usage.cache_read_input_tokens": 1},
            {"input": 9, "input_cached_tokens": 1},
        ),
    ],
)
def test_adk_tells_cached_tokens_in_its_response(more: Any, usage: dict[str, int]) -> None:
    response = '{"usage_metadata": {"cached_content_token_count": 4}}'
    values = {"gcp.vertex.agent.llm_response": response, "gen_ai.usage.input_tokens": 10}
    assert observed(values | more, scope="gcp.vertex.agent")["usage"] == usage


@pytest.mark.parametrize(
    ("attributes", "usage"),
    [
        ({}, {"input": 0, "output": 0}),
        (
            {
                "gen_ai.usage.prompt_tokens": "7",
                "gen_ai.usage.input_tokens": 9,
                "ai.usage.tokens": 8,
            },
            {"input": 7, "output": 0, "total": 8},
        ),
        (
            {
                "gen_ai.usage.output_tokens": 5,
                "ai.usage.reasoningTokens": 9,
                "ai.response.providerMetadata": '{"openai": {"reasoningTokens": 1}}',
            },
            {"input": 0, "output": 0, "output_reasoning_tokens": 9},
        ),
        (
            {
                "gen_ai.usage.input_tokens": 100,
                "ai.response.providerMetadata": '{"bedrock": {"usage":'
                ' {"cacheReadInputTokens": 30, "cacheWriteInputTokens": 20}}}',
            },
            {"input": 70, "output": 0, "input_cache_read": 30, "input_cache_write": 20},
        ),
        (
            {
                "gen_ai.usage.input_tokens": 100,
                "ai.response.providerMetadata": '{"anthropic": {"usage":'
                ' {"cache_creation_input_tokens": 50,'
                ' "cache_creation": {"ephemeral_1h_input_tokens": 20}}}}',
            },
            {
                "input": 50,
                "output": 0,
                "input_cache_creation": 30,
                "input_cache_creation_1h": 20,
            },
        ),
        ({"ai.response.providerMetadata": '{"openai": 5}'}, {"input": 0, "output": 0}),
    ],
)
def test_vercel_counts_are_net(attributes: dict[str, Any], usage: dict[str, int]) -> None:
    assert observed(attributes, scope="ai")["usage"] == usage
