"""Which type of observation a span becomes."""

from typing import Any

import pytest

from tests.ingest.exports import observed

LANGFUSE = {"scope": "langfuse-sdk", "resource": {"telemetry.sdk.language": "python"}}
UNTYPED = {"langfuse.observation.type": "span", "langfuse.observation.cost_details": "{}"}


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ({}, "SPAN"),
        ({"langfuse.observation.type": "guardrail"}, "GUARDRAIL"),
        ({"langfuse.observation.type": "Tool"}, "SPAN"),
        ({"langfuse.observation.type": "new", "openinference.span.kind": "CHAIN"}, "CHAIN"),
        ({"openinference.span.kind": "LLM"}, "GENERATION"),
        ({"openinference.span.kind": "RERANKER", "model": "m"}, "GENERATION"),
        ({"openinference.span.kind": 5}, "SPAN"),
        ({"gen_ai.operation.name": "embeddings"}, "EMBEDDING"),
        ({"gen_ai.operation.name": "create_agent"}, "AGENT"),
        ({"gen_ai.operation.name": "other", "gen_ai.tool.call.id": "1"}, "TOOL"),
        ({"genkit:metadata:subtype": "background-model"}, "GENERATION"),
        ({"genkit:metadata:subtype": "retriever"}, "RETRIEVER"),
        ({"operation.name": "ai.embed.doEmbed f", "ai.model.id": "m"}, "EMBEDDING"),
        ({"ai.operationId": "ai.streamText.doStream"}, "SPAN"),
        ({"ai.operationId": "ai.generateText", "ai.model.id": "m"}, "SPAN"),
        ({"ai.operationId": "ai.generateText", "gen_ai.response.model": "m"}, "GENERATION"),
        ({"operation.name": "ai.toolCall f"}, "TOOL"),
        ({"flue.tool.call_id": "1"}, "TOOL"),
        ({"flue.task.agent": "a"}, "AGENT"),
        ({"gen_ai.request.model": ""}, "SPAN"),
        ({"llm.model_name": "m"}, "GENERATION"),
    ],
)
def test_the_first_rule_that_knows_decides(attributes: dict[str, Any], kind: str) -> None:
    assert observed(attributes)["type"] == kind


@pytest.mark.parametrize(
    ("version", "kind"),
    [("", "GENERATION"), ("2.9.1", "GENERATION"), ("3.3.12", "GENERATION"), ("3.4.0", "SPAN")],
)
def test_old_python_sdks_called_generations_spans(version: str, kind: str) -> None:
    assert observed(UNTYPED, **LANGFUSE, scope_version=version)["type"] == kind


@pytest.mark.parametrize(
    "more",
    [
        {"scope": "langfuse-sdk"},
        {"scope": "langfuse-sdk-x", "resource": {"telemetry.sdk.language": "python"}},
    ],
)
def test_other_sdks_never_did(more: dict[str, Any]) -> None:
    assert observed(UNTYPED, **more)["type"] == "SPAN"


@pytest.mark.parametrize(
    ("name", "kind"),
    [("agent_turn", "AGENT"), ("function_tool", "TOOL"), ("tts_node", "SPAN")],
)
def test_livekit_is_known_by_span_names(name: str, kind: str) -> None:
    assert observed(name=name, scope="livekit-agents")["type"] == kind
    assert observed(name=name)["type"] == "SPAN"
