"""Google's Agent Development Kit: scope `gcp.vertex.agent`."""

from typing import Any, Final

from collector.ingest.mapping.attributes import parsed_object
from collector.ingest.mapping.counting import leading_integer
from collector.ingest.mapping.payload import Payload, found
from collector.ingest.otlp_span import Span

SCOPE: Final = "gcp.vertex.agent"
_RESPONSE = "gcp.vertex.agent.llm_response"
CARRIERS: Final = (
    "gcp.vertex.agent.llm_request",
    _RESPONSE,
    "gcp.vertex.agent.tool_call_args",
    "gcp.vertex.agent.tool_response",
)


def payload(span: Span) -> Payload | None:
    """The model's request and response, or the tool's where those are empty."""
    request, response, arguments, result = (span.attributes.get(name) for name in CARRIERS)
    return found(_filled(request, arguments), _filled(response, result))


def _filled(value: Any, otherwise: Any) -> Any:
    return otherwise or value if not value or value == "{}" else value


def cached_tokens(span: Span) -> int:
    """Input tokens read from the cache, which only the response tells; 0 when it does not."""
    response = parsed_object(span.attributes.get(_RESPONSE)) or {}
    usage = response.get("usage_metadata")
    if not isinstance(usage, dict):
        return 0
    return max(leading_integer(usage.get("cached_content_token_count")) or 0, 0)
