"""OpenLLMetry (Traceloop): entities, and messages spread over attributes."""

from typing import Final

from collector.ingest.mapping.payload import Payload, found
from collector.ingest.mapping.rebuilding import rebuilt
from collector.ingest.otlp_span import Span

CARRIERS: Final = ("traceloop.entity.input", "traceloop.entity.output")
CARRIER_PREFIXES: Final = ("gen_ai.prompt", "gen_ai.completion")


def entity(span: Span) -> Payload | None:
    return found(*(span.attributes.get(name) for name in CARRIERS))


def messages(span: Span) -> Payload | None:
    """A side without any message is an empty object."""
    if not any(name.startswith(CARRIER_PREFIXES) for name in span.attributes):
        return None
    return Payload(*(rebuilt(span.attributes, prefix) for prefix in CARRIER_PREFIXES))
