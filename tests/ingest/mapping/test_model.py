"""Model, parameters and prompt."""

from typing import Any

import pytest

from tests.ingest.exports import observed

PARAMETERS = "langfuse.observation.model.parameters"


@pytest.mark.parametrize(
    ("attributes", "model"),
    [
        ({}, None),
        ({"gen_ai.request.model": "asked", "gen_ai.response.model": "answered"}, "answered"),
        ({"gen_ai.request.model": "asked", "ai.model.id": "vercel"}, "vercel"),
        ({"langfuse.observation.model.name": "", "model": "m"}, "m"),
        ({"model": {"name": "m"}}, '{"name":"m"}'),
        ({"genkit:metadata:subtype": "model", "genkit:name": "g"}, "g"),
        ({"genkit:metadata:subtype": "tool", "genkit:name": "g"}, None),
        ({"gen_ai.operation.name": "agent_step", "model": "m"}, None),
    ],
)
def test_the_model_that_answered_counts(attributes: dict[str, Any], model: str | None) -> None:
    assert observed(attributes).get("model") == model


@pytest.mark.parametrize(
    ("attributes", "parameters"),
    [
        ({}, {}),
        (
            {PARAMETERS: '{"t": 0.5, "stop": ["a"], "s": "x", "b": true}'},
            {"t": 0.5, "stop": '["a"]', "s": "x", "b": "true"},
        ),
        ({PARAMETERS: "no json", "model_config": '{"a": 1}'}, {"a": 1}),
        ({"llm.invocation_parameters": '{"a": 1}', "model_config": '{"b": 2}'}, {"a": 1}),
        (
            {
                "gen_ai.request.model": "m",
                "gen_ai.request.top_p": 1,
                "llm.invocation_parameters.stop": ["x"],
            },
            {"top_p": 1, "stop": '["x"]'},
        ),
    ],
)
def test_parameters_are_numbers_and_texts(
    attributes: dict[str, Any], parameters: dict[str, Any]
) -> None:
    assert observed(attributes)["model_parameters"] == parameters


@pytest.mark.parametrize(
    ("attributes", "parameters"),
    [
        ({"genkit:input": '{"config": {"k": 1}}'}, {"k": 1}),
        ({"genkit:output": '{"request": {"config": {"k": 2}}}'}, {"k": 2}),
        ({"genkit:output": '{"request": 5}', "gen_ai.request.top_k": 3}, {"top_k": 3}),
    ],
)
def test_genkit_parameters_stand_in_its_payloads(
    attributes: dict[str, Any], parameters: dict[str, Any]
) -> None:
    assert observed(attributes, scope="genkit-tracer")["model_parameters"] == parameters


def test_vercel_parameters_are_a_fixed_map() -> None:
    values = {
        "gen_ai.request.max_tokens": 5,
        "gen_ai.response.finish_reasons": ["stop", "length"],
        "ai.response.providerMetadata": '{"openai": {"serviceTier": "flex"}}',
        PARAMETERS: '{"mode": "own"}',
    }
    known = observed(values, scope="ai")["model_parameters"]
    assert {key: value for key, value in known.items() if value is not None} == {
        "maxTokens": "5",
        "finishReason": "stop,length",
        "service_tier": "flex",
        "mode": "own",
    }
    assert len(known) == 9


@pytest.mark.parametrize(
    ("attributes", "prompt"),
    [
        ({"langfuse.observation.prompt.name": "p", "langfuse.prompt.version": 3}, ("p", 3)),
        ({"langfuse.prompt.name": "p", "langfuse.prompt.version": "4"}, ("p", 4)),
        ({"langfuse.prompt.name": "p", "langfuse.prompt.version": 65_536}, ("p", None)),
        ({"langfuse.prompt.name": "p", "langfuse.prompt.version": "x"}, ("p", None)),
        (
            {"ai.telemetry.metadata.langfusePrompt": '{"name": "l", "version": 2}'},
            ("l", 2),
        ),
    ],
)
def test_a_generation_knows_its_prompt(attributes: dict[str, Any], prompt: Any) -> None:
    fields = observed(attributes | {"langfuse.observation.type": "generation"})
    assert (fields.get("prompt_name"), fields.get("prompt_version")) == prompt
    assert "prompt_name" not in observed(attributes)
