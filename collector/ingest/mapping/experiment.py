"""The experiment a span belongs to (contract/otel.md 14)."""

from typing import Any, Final

from collector.ingest.mapping.attributes import as_text, parsed_object, truthy
from collector.ingest.mapping.moments import moment_ms
from collector.ingest.otlp_span import Span

_PREFIX: Final = "langfuse.experiment."
TEXTS: Final = {
    "id": "id",
    "name": "name",
    "description": "description",
    "dataset.id": "dataset_id",
    "item.id": "item_id",
    "item.expected_output": "item_expected_output",
    "item.root_observation_id": "item_root_id",
}
OBJECTS: Final = {"metadata": "metadata", "item.metadata": "item_metadata"}


def experiment(span: Span) -> dict[str, Any]:
    """What the span says about its experiment and dataset item; empty when it says nothing."""
    said = {
        name[len(_PREFIX) :]: value
        for name, value in span.attributes.items()
        if name.startswith(_PREFIX)
    }
    if not said:
        return {}
    fields: dict[str, Any] = {
        field: as_text(said[name]) for name, field in TEXTS.items() if truthy(said.get(name))
    }
    for name, field in OBJECTS.items():
        known = _object(said, name)
        if known:
            fields[field] = known
    version_ms = moment_ms(said.get("item.version"))
    if version_ms is not None:
        fields["item_version_ms"] = version_ms
    return fields


def _object(said: dict[str, Any], name: str) -> dict[str, Any]:
    """One JSON text, single keys, or both: SDKs differ."""
    singles = {
        key[len(name) + 1 :]: value for key, value in said.items() if key.startswith(f"{name}.")
    }
    return (parsed_object(said.get(name)) or {}) | singles
