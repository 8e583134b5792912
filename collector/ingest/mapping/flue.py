"""Flue: scope `@flue/opentelemetry`."""

from typing import Final

from collector.ingest.mapping.attributes import first_present, parsed
from collector.ingest.mapping.payload import Payload
from collector.ingest.otlp_span import Span

SCOPE: Final = "@flue/opentelemetry"
TYPES: Final = {
    "flue.tool.name": "TOOL",
    "flue.tool.call_id": "TOOL",
    "flue.task.id": "AGENT",
    "flue.task.agent": "AGENT",
}
_INPUTS = ("flue.turn.input", "flue.tool.arguments", "flue.task.prompt", "flue.workflow.payload")
_OUTPUTS = (
    *("flue.turn.output", "flue.tool.result", "flue.task.result"),
    *("flue.operation.result", "flue.workflow.result"),
)
CARRIERS: Final = (*_INPUTS, *_OUTPUTS)


def observation_type(span: Span) -> str | None:
    return next((kind for name, kind in TYPES.items() if span.attributes.get(name)), None)


def payload(span: Span) -> Payload | None:
    if span.scope.name != SCOPE:
        return None
    given = Payload(
        parsed(first_present(span.attributes, _INPUTS)),
        parsed(first_present(span.attributes, _OUTPUTS)),
    )
    return None if given.input is None and given.output is None else given
