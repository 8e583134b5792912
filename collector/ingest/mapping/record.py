"""From a span to the changes of an observation and of its trace: the only builder."""

from typing import Any, Final

from collector import metrics
from collector.ingest.mapping import identity, langfuse, livekit, vercel
from collector.ingest.mapping.attributes import as_text, first_truthy, text_or_none
from collector.ingest.mapping.experiment import experiment
from collector.ingest.mapping.metadata import attribute_texts, instrumentation, said_metadata
from collector.ingest.mapping.model import model, parameters, prompt
from collector.ingest.mapping.moments import moment_ms
from collector.ingest.mapping.observation_type import observation_type
from collector.ingest.mapping.payload import Payload
from collector.ingest.mapping.payloads import payload
from collector.ingest.mapping.usage import cost, usage
from collector.ingest.otlp_span import Span
from collector.records.change import Change
from collector.records.payload import payload_text

Fields = dict[str, Any]

_ERROR = 2
_VERDICT_EVENT: Final = "guard.evaluation"
_FINDING_SUFFIX: Final = ".security.finding"
SPAN_VERDICTS_MAX: Final = 100


class Mapped:
    """One span read once, for both of its changes."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.name = observation_name(span)
        self.environment = identity.environment(span)
        self.payload: Payload = payload(span)
        self.metadata = said_metadata(span, "observation")
        self.trace_metadata = said_metadata(span, "trace")
        self.instrumentation = instrumentation(span)
        self.attribute_texts = attribute_texts(span)
        self.context = self._context()

    def _context(self) -> Fields:
        """What the span says about itself and about its trace alike."""
        said = self.trace_metadata | self.metadata
        context = {
            "user_id": identity.user_id(self.span, said),
            "session_id": identity.session_id(self.span, said),
            "tags": identity.tags(self.span) or None,
            "public": identity.public(self.span),
        }
        return _given(context)

    def observation(self) -> Change:
        span, kind = self.span, observation_type(self.span)
        fields: Fields = {
            "type": kind,
            "trace_id": span.trace_id,
            "name": self.name,
            "level": level(span),
            "environment": self.environment,
            "start_ms": span.start_ms,
            "end_ms": span.end_ms,
            "model_parameters": parameters(span),
            "metadata": self.attribute_texts | self.instrumentation | self.metadata,
            **_given(self._optional_fields()),
            **prompt(span, kind),
            **self.context,
        }
        return Change("observation", span.span_id, span.start_ms, fields=fields)

    def _optional_fields(self) -> Fields:
        span = self.span
        return {
            "parent_id": span.parent_id,
            "status_message": status_message(span),
            "version": identity.version(span),
            "completion_start_ms": completion_start_ms(span),
            "model": model(span),
            "usage": usage(span),
            "cost": cost(span),
            "input": payload_text(self.payload.input),
            "output": payload_text(self.payload.output),
            "release": identity.release(span),
            "trace_name": identity.trace_name(span),
            "app_root": identity.is_app_root(span) or None,
            "trace_metadata": self.trace_metadata or None,
            "scope_name": span.scope.name or None,
            "scope_version": span.scope.version or None,
            "service_name": text_or_none(span.resource.get("service.name")),
            "service_version": text_or_none(span.resource.get("service.version")),
            "experiment": experiment(span) or None,
            "span_events": verdict_events(span) or None,
        }

    def trace(self) -> Change | None:
        """What the span says about its trace; `None` when it says nothing."""
        span = self.span
        is_root = identity.is_root(span)
        if not (is_root or identity.has_trace_attributes(span) or self._lifted()):
            return None
        fields = {
            "environment": self.environment,
            # Said even when absent: the newest span that speaks for the trace decides.
            "version": identity.version(span),
            "release": identity.release(span),
            "metadata": self.instrumentation | self.trace_metadata,
            **self.context,
        }
        if is_root:
            fields["metadata"] = self.attribute_texts | self.instrumentation | self.metadata
            fields["metadata"] |= self.trace_metadata
        return Change("trace", span.trace_id, span.start_ms, fields=fields | self._own(is_root))

    def _lifted(self) -> bool:
        """Whether user or session were found where only Open WebUI puts them."""
        return self.metadata.get("interface") == identity.OPEN_WEBUI and (
            "user_id" in self.context or "session_id" in self.context
        )

    def _own(self, is_root: bool) -> Fields:
        """Name, input and output of the trace: said for it, else those of its root."""
        values = self.span.attributes
        sides = self.payload if is_root else Payload()
        said_input = first_truthy(values, ("langfuse.trace.input",))
        said_output = first_truthy(values, ("langfuse.trace.output",))
        name = identity.trace_name(self.span)
        own = {
            "name": self.name if name is None and is_root else name,
            "input": payload_text(sides.input if said_input is None else said_input),
            "output": payload_text(sides.output if said_output is None else said_output),
        }
        return _given(own)

    def shallow_trace(self) -> Change:
        """That the trace exists, and since when."""
        span = self.span
        fields = {"environment": self.environment}
        return Change("trace", span.trace_id, span.start_ms, fields=fields)


def _given(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value is not None}


def observation_name(span: Span) -> str:
    """A tool's or an operation's own name, where a convention gives one (contract/otel.md 5)."""
    values = span.attributes
    names = (
        values.get("gen_ai.tool.name") or None,
        values.get("genkit:name"),
        values.get("logfire.msg") or None,
        values.get("ai.toolCall.name"),
        vercel.name(span),
    )
    return as_text(next((name for name in names if name is not None), span.name))


def level(span: Span) -> str:
    """The level said, else what the span's status means."""
    said = langfuse.level(span)
    if said is None and span.status_code == _ERROR:
        said = "ERROR"
    return said or livekit.level(span) or "DEFAULT"


def status_message(span: Span) -> str | None:
    said = span.attributes.get("langfuse.observation.status_message")
    return span.status_message if said is None else as_text(said)


def completion_start_ms(span: Span) -> int | None:
    """When the first token came, said as a time or as milliseconds after the start."""
    moment = moment_ms(span.attributes.get("langfuse.observation.completion_start_time"))
    if moment is not None:
        return moment
    waited = vercel.first_chunk_ms(span)
    return None if waited is None else span.start_ms + waited


def verdict_events(span: Span) -> list[Fields]:
    """Events in which guards tell their verdicts, up to a limit; all others are not kept."""
    verdicts = [
        {"name": event.name, "time_ms": event.time_ms, "attributes": event.attributes}
        for event in span.events
        if event.name == _VERDICT_EVENT or event.name.endswith(_FINDING_SUFFIX)
    ]
    if len(verdicts) > SPAN_VERDICTS_MAX:
        metrics.LIMIT_HITS.labels("span_verdicts_max").inc()
    return verdicts[:SPAN_VERDICTS_MAX]
