"""Model, its parameters and the prompt of a span (contract/otel.md 6 and 7)."""

from typing import Any, Final

from collector.ingest.mapping import gen_ai, genkit, langfuse, vercel
from collector.ingest.mapping.attributes import as_text, first_truthy, parsed_object
from collector.ingest.mapping.counting import number
from collector.ingest.otlp_span import Span

NAMES: Final = (
    *("langfuse.observation.model.name", "gen_ai.response.model", "ai.model.id"),
    *("gen_ai.request.model", "llm.response.model", "llm.model_name", "model"),
)
PARAMETER_OBJECTS: Final = ("llm.invocation_parameters", "model_config")
PARAMETER_PREFIXES: Final = (gen_ai.REQUEST_PREFIX, "llm.invocation_parameters.")
_OWN_PARAMETERS = "langfuse.observation.model.parameters"
_PROMPT_VERSION_MAX = 65_535


def model(span: Span) -> str | None:
    """The model that answered, before the one that was asked for."""
    if gen_ai.operation(span) in gen_ai.WITHOUT_USAGE:
        return None
    name = first_truthy(span.attributes, NAMES)
    if name is None and genkit.subtype(span) == "model":
        name = span.attributes.get("genkit:name") or None
    return None if name is None else as_text(name)


def parameters(span: Span) -> dict[str, Any]:
    """Numbers and texts by name; an empty object when the span tells none."""
    return {key: _plain(value) for key, value in _said(span).items()}


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else as_text(value)


def _said(span: Span) -> dict[str, Any]:
    own = parsed_object(span.attributes.get(_OWN_PARAMETERS))
    if span.scope.name == vercel.SCOPE:
        return vercel.parameters(span) | (own or {})
    if own is not None:
        return own
    if span.scope.name == genkit.SCOPE:
        config = genkit.parameters(span)
        if config is not None:
            return config
    for name in PARAMETER_OBJECTS:
        given = parsed_object(span.attributes.get(name))
        if given is not None:
            return given
    return _by_prefix(span)


def _by_prefix(span: Span) -> dict[str, Any]:
    found = {}
    for name, value in span.attributes.items():
        if name.startswith(PARAMETER_PREFIXES):
            prefix = next(prefix for prefix in PARAMETER_PREFIXES if name.startswith(prefix))
            found[name[len(prefix) :]] = value
    found.pop("model", None)
    return found


def prompt(span: Span, kind: str) -> dict[str, Any]:
    """The fields of the prompt that a generation was made from, as far as they are told."""
    if kind != "GENERATION":
        return {}
    own, linked = langfuse.prompt(span), vercel.prompt(span)
    name = own[0] if own[0] is not None else linked[0]
    version = _prompt_version(own[1] if own[1] is not None else linked[1])
    fields: dict[str, Any] = {}
    if name is not None and name != "":
        fields["prompt_name"] = as_text(name)
    if version is not None:
        fields["prompt_version"] = version
    return fields


def _prompt_version(value: Any) -> int | None:
    known = number(value)
    if not isinstance(known, int) or not 0 <= known <= _PROMPT_VERSION_MAX:
        return None
    return known
