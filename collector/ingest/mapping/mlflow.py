"""MLflow tracing: payloads only, its span types say nothing here."""

from typing import Final

from collector.ingest.mapping.payload import Payload, found
from collector.ingest.otlp_span import Span

CARRIERS: Final = ("mlflow.spanInputs", "mlflow.spanOutputs")


def payload(span: Span) -> Payload | None:
    return found(*(span.attributes.get(name) for name in CARRIERS))
