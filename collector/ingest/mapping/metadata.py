"""Metadata of a span and of its trace (contract/otel.md 11)."""

from typing import Any, Final

from collector.ingest.mapping import (
    adk,
    flue,
    gen_ai,
    genkit,
    langfuse,
    livekit,
    mlflow,
    openinference,
    openllmetry,
    pydantic,
    vercel,
)
from collector.ingest.mapping.attributes import first_truthy, parsed
from collector.ingest.otlp_span import Span
from collector.records.payload import json_text

# Attributes that carry input or output: they are stored as such and not twice.
CARRIERS: Final = frozenset(
    (
        *(langfuse.CARRIERS + openinference.CARRIERS + openllmetry.CARRIERS),
        *(gen_ai.CARRIERS + vercel.CARRIERS + pydantic.CARRIERS + mlflow.CARRIERS),
        *(genkit.CARRIERS + adk.CARRIERS + livekit.CARRIERS + flue.CARRIERS),
    )
)
CARRIER_PREFIXES: Final = (
    *(openllmetry.CARRIER_PREFIXES + openinference.CARRIER_PREFIXES),
    *(langfuse.CARRIER_PREFIXES + vercel.CARRIER_PREFIXES),
)
_SHARED: Final = "langfuse.metadata"
_MARK: Final = "metadata."  # in every prefix; most attributes are told apart by it at once


def instrumentation(span: Span) -> dict[str, Any]:
    """Where the span comes from: resource and scope."""
    return {
        "resourceAttributes": span.resource,
        "scope": span.scope.described or {"attributes": {}},
    }


def attribute_texts(span: Span) -> dict[str, Any]:
    """`attributes` of the metadata: all as texts, without carriers; nothing for Langfuse's SDKs."""
    if span.scope.name.startswith(langfuse.SCOPE):
        return {}
    texts = {
        name: value if isinstance(value, str) else span.wrapped.get(name) or json_text(value)
        for name, value in span.attributes.items()
        if name not in CARRIERS and not name.startswith(CARRIER_PREFIXES)
    }
    return {"attributes": texts}


def said_metadata(span: Span, domain: str) -> dict[str, Any]:
    """The user's own keys for `observation` or `trace`; of equal keys the later one counts."""
    own = f"langfuse.{domain}.metadata"
    said = _base(first_truthy(span.attributes, (own, _SHARED)))
    prefixes = (f"{own}.", f"{_SHARED}.", vercel.METADATA_PREFIX)
    for name, value in span.attributes.items():
        if _MARK in name and name.startswith(prefixes):
            prefix = next(prefix for prefix in prefixes if name.startswith(prefix))
            key = name[len(prefix) :]
            if prefix is not vercel.METADATA_PREFIX or key not in vercel.METADATA_TAKEN:
                said[key] = value
    return said


def _base(value: Any) -> dict[str, Any]:
    known = parsed(value)
    if isinstance(known, list):
        return {str(index): item for index, item in enumerate(known)}
    return dict(known) if isinstance(known, dict) else {}
