"""OpenTelemetry's conventions for generative AI, as attributes of the span."""

from typing import Any, Final

from collector.ingest.mapping.attributes import as_text, parsed_list, truthy
from collector.ingest.mapping.payload import Payload, found
from collector.ingest.otlp_span import Attributes, Span
from collector.records.payload import json_text

TYPES: Final = {
    **dict.fromkeys(
        ("chat", "completion", "text_completion", "generate_content", "generate"), "GENERATION"
    ),
    "embeddings": "EMBEDDING",
    "invoke_agent": "AGENT",
    "create_agent": "AGENT",
    "execute_tool": "TOOL",
}
# Their children carry the same model and tokens again.
WITHOUT_USAGE: Final = frozenset({"invoke_agent", "agent_step"})
CARRIERS: Final = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.system_instructions",
    "gen_ai.tool.call.arguments",
    "gen_ai.tool.call.result",
)
REQUEST_PREFIX: Final = "gen_ai.request."


def operation(span: Span) -> str:
    name = span.attributes.get("gen_ai.operation.name")
    return name if isinstance(name, str) else ""


def observation_type(span: Span) -> str | None:
    return TYPES.get(operation(span))


def tool_type(span: Span) -> str | None:
    values = span.attributes
    named = values.get("gen_ai.tool.name") or values.get("gen_ai.tool.call.id")
    return "TOOL" if named else None


def payload(span: Span) -> Payload | None:
    return messages(span.attributes)


def messages(values: Attributes) -> Payload | None:
    """Messages with the system's instructions before them, else a tool's arguments and result."""
    given = with_instructions(values.get("gen_ai.input.messages"), values)
    return found(given, values.get("gen_ai.output.messages")) or found(
        values.get("gen_ai.tool.call.arguments"), values.get("gen_ai.tool.call.result")
    )


def with_instructions(given: Any, values: Attributes) -> Any:
    """The messages, led by the system's instructions unless a system message is among them."""
    instructions = values.get("gen_ai.system_instructions")
    known = parsed_list(given)
    if not instructions or known is None or any(_is_system(message) for message in known):
        return given
    led = [{"role": "system", "content": _instructions_text(instructions)}, *known]
    return json_text(led) if isinstance(given, str) else led


def _is_system(message: Any) -> bool:
    return isinstance(message, dict) and message.get("role") == "system"


def _instructions_text(instructions: Any) -> str:
    parts = parsed_list(instructions)
    if parts is None:
        return as_text(instructions)
    contents = (part.get("content") if isinstance(part, dict) else part for part in parts)
    return "\n".join(as_text(content) for content in contents if truthy(content))
