"""LiveKit agents: types and noise are told by span names."""

from typing import Final

from collector.ingest.mapping.attributes import first_present, first_truthy
from collector.ingest.mapping.payload import Payload, found
from collector.ingest.otlp_span import Span

SCOPE: Final = "livekit-agents"
TYPES: Final = {
    "agent_turn": "AGENT",
    "start_agent_activity": "AGENT",
    "function_tool": "TOOL",
}
NOISE: Final = frozenset(
    {
        *("user_speaking", "eou_detection", "llm_request_run", "tts_node", "tts_request"),
        *("tts_request_run", "tts_stream_adapter", "agent_speaking", "drain_agent_activity"),
        *("on_exit", "on_enter", "llm_fallback_adapter", "tts_fallback_adapter"),
        "start_agent_activity",
    }
)
_INPUTS = ("lk.input_text", "lk.user_transcript", "lk.chat_ctx")
_OUTPUTS = ("lk.function_tool.output", "lk.response.text")
CARRIERS: Final = (*_INPUTS, *_OUTPUTS, "lk.user_input")


def observation_type(span: Span) -> str | None:
    return TYPES.get(span.name) if span.scope.name == SCOPE else None


def level(span: Span) -> str | None:
    return "DEBUG" if span.scope.name == SCOPE and span.name in NOISE else None


def payload(span: Span) -> Payload | None:
    return found(first_present(span.attributes, _INPUTS), first_truthy(span.attributes, _OUTPUTS))
