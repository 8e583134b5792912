"""What is wrong with an export, collected over all of it (contract/otel.md 1.1)."""

from dataclasses import dataclass, field

from collector.ingest.otlp_span import InvalidExport

_REASONS_MAX = 20
_SCOPES_MAX = 20
_SCOPE_CHARACTERS_MAX = 100
_SPAN_RULE = (
    "traceId and spanId are required on every span, and each must be a string or a byte array. "
)
_FIELD_RULE = (
    "scopeSpans, spans, attributes and events must all be arrays — "
    "OTLP attributes are a list of {key, value} entries, not a JSON object. "
)
_LOGS_HINT = (
    "This endpoint accepts OpenTelemetry traces only — "
    "if you are exporting OpenTelemetry logs, point your log exporter elsewhere."
)


@dataclass(slots=True)
class Faults:
    """Counts, reasons and scopes of one export."""

    spans: int = 0
    bad_spans: int = 0
    bad_fields: int = 0
    span_reasons: dict[str, None] = field(default_factory=dict)
    field_reasons: dict[str, None] = field(default_factory=dict)
    scopes: dict[str, None] = field(default_factory=dict)

    def scope(self, name: str) -> None:
        if name and len(self.scopes) < _SCOPES_MAX:
            self.scopes[name[:_SCOPE_CHARACTERS_MAX]] = None

    def span(self, reasons: list[str]) -> None:
        """Count one span; any reason makes it a bad one."""
        self.spans += 1
        if reasons:
            self.bad_spans += 1
            if len(self.span_reasons) < _REASONS_MAX:
                self.span_reasons.update(dict.fromkeys(reasons))

    def bad_field(self, reason: str) -> None:
        self.bad_fields += 1
        self.field_reasons[reason] = None

    def check(self) -> None:
        """Raises InvalidExport when anything was wrong."""
        if self.bad_spans or self.bad_fields:
            raise InvalidExport(self._sentence())

    def _sentence(self) -> str:
        parts = ["Invalid OTLP trace export: "]
        if self.bad_spans:
            reasons = ", ".join(self.span_reasons)
            parts.append(f"{self.bad_spans} of {self.spans} span(s) cannot be processed ")
            parts.append(f"({reasons}). {_SPAN_RULE}")
        if self.bad_fields:
            reasons = ", ".join(self.field_reasons)
            parts.append(f"{self.bad_fields} resource- or scope-level field(s) are present ")
            parts.append(f"but not arrays ({reasons}). {_FIELD_RULE}")
        parts.append("The entire export was rejected and no spans were ingested. ")
        parts.append(f"Instrumentation scopes: {', '.join(self.scopes) or 'unknown'}. ")
        return "".join(parts) + _LOGS_HINT
