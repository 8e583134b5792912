"""A program that knows OpenTelemetry and nothing of Langfuse; variables set up its exporters."""

from opentelemetry.exporter.otlp.proto.http.metric_exporter import (  # type: ignore[import-not-found]
    OTLPMetricExporter,
)
from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # type: ignore[import-not-found]
    OTLPSpanExporter,
)
from opentelemetry.sdk.metrics import MeterProvider  # type: ignore[import-not-found]
from opentelemetry.sdk.metrics.export import (  # type: ignore[import-not-found]
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.resources import Resource  # type: ignore[import-not-found]
from opentelemetry.sdk.trace import TracerProvider  # type: ignore[import-not-found]
from opentelemetry.sdk.trace.export import BatchSpanProcessor  # type: ignore[import-not-found]
from scenario import report  # type: ignore[import-not-found]

_ATTRIBUTES = {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "house-model-7b",
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 7,
    "session.id": "evening-chat",
    "user.id": "alice@example.org",
}


def main() -> None:
    resource = Resource({"service.name": "kitchen", "service.version": "3.1"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("kitchen.chat", "0.9")
    with tracer.start_as_current_span("supper") as root:
        with tracer.start_as_current_span("chat", attributes=_ATTRIBUTES) as chat:
            pass
        try:
            with tracer.start_as_current_span("oven") as oven:
                refuse()
        except ConnectionError:
            pass
    counted = count()
    delivered = provider.force_flush()
    spans = {"supper": root, "chat": chat, "oven": oven}
    report(
        trace_id=f"{root.get_span_context().trace_id:032x}",
        ids={name: f"{span.get_span_context().span_id:016x}" for name, span in spans.items()},
        delivered=delivered,
        counted=counted,
    )
    provider.shutdown()


def refuse() -> None:
    raise ConnectionError("the oven refused")


def count() -> bool:
    """Metrics go to the same place; whether they were taken."""
    provider = MeterProvider([PeriodicExportingMetricReader(OTLPMetricExporter())])
    provider.get_meter("kitchen").create_counter("suppers").add(1)
    return bool(provider.force_flush())


if __name__ == "__main__":
    main()
