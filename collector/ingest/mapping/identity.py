"""Who and what a span belongs to: user, session, tags, environment, version (otel.md 6 and 10)."""

from typing import Any, Final

from collector.ingest.environment import normalised
from collector.ingest.mapping.attributes import (
    as_text,
    first_present,
    first_truthy,
    is_true,
    parsed_list,
    text_or_none,
    truthy,
)
from collector.ingest.otlp_span import Span

USER: Final = (
    *("langfuse.user.id", "user.id"),
    "langfuse.observation.metadata.langfuse_user_id",
    "langfuse.trace.metadata.langfuse_user_id",
    "ai.telemetry.metadata.userId",
)
SESSION: Final = (
    *("langfuse.session.id", "session.id", "gen_ai.conversation.id"),
    "langfuse.observation.metadata.langfuse_session_id",
    "langfuse.trace.metadata.langfuse_session_id",
    "ai.telemetry.metadata.sessionId",
)
TAGS: Final = (
    *("langfuse.trace.tags", "langfuse.tags"),
    "langfuse.observation.metadata.langfuse_tags",
    "langfuse.trace.metadata.langfuse_tags",
    *("ai.telemetry.metadata.tags", "tag.tags"),
)
# What makes a span speak for its trace although it is no root.
TRACE_ATTRIBUTES: Final = (
    *(f"langfuse.trace.{field}" for field in ("name", "input", "output", "metadata", "public")),
    *("langfuse.trace.tags", "user.id", "session.id", "langfuse.user.id", "langfuse.session.id"),
    *(name for names in (USER[2:], SESSION[3:], TAGS[2:]) for name in names),
)
ENVIRONMENT: Final = (
    *("langfuse.environment", "deployment.environment.name", "deployment.environment"),
)
# Filters for Open WebUI propagate nothing: what they know stands in the metadata of each span.
OPEN_WEBUI: Final = "open-webui"


def user_id(span: Span, said: dict[str, Any]) -> str | None:
    """The user; `said` are the span's metadata."""
    return _first_text(span, USER) or _of_open_webui(said, "user_id")


def session_id(span: Span, said: dict[str, Any]) -> str | None:
    """The session; `said` are the span's metadata."""
    return _first_text(span, SESSION) or _of_open_webui(said, "session_id")


def _first_text(span: Span, names: tuple[str, ...]) -> str | None:
    return text_or_none(first_truthy(span.attributes, names))


def _of_open_webui(said: dict[str, Any], key: str) -> str | None:
    value = said.get(key) if said.get("interface") == OPEN_WEBUI else None
    return value if isinstance(value, str) and value else None


def tags(span: Span) -> list[str]:
    value = first_truthy(span.attributes, TAGS)
    listed = value if isinstance(value, list) else None
    if isinstance(value, str):
        listed = parsed_list(value) if value.startswith("[") else None
        if listed is None:
            listed = [part.strip() for part in value.split(",")]
    elif listed is None and value is not None:
        listed = [value]
    return [as_text(tag) for tag in listed or () if truthy(tag)]


def public(span: Span) -> bool | None:
    """`None` when the span does not say."""
    value = first_present(span.attributes, ("langfuse.trace.public", "langfuse.public"))
    return None if value is None else is_true(value)


def trace_name(span: Span) -> str | None:
    return text_or_none(span.attributes.get("langfuse.trace.name"))


def is_app_root(span: Span) -> bool:
    return is_true(span.attributes.get("langfuse.internal.is_app_root"))


def is_root(span: Span) -> bool:
    """First in its trace, or said to be, or the first that the application exported."""
    as_root = is_true(span.attributes.get("langfuse.internal.as_root"))
    return span.parent_id is None or as_root or is_app_root(span)


def has_trace_attributes(span: Span) -> bool:
    if first_truthy(span.attributes, TRACE_ATTRIBUTES) is not None:
        return True
    return any(name.startswith("langfuse.trace.metadata") for name in span.attributes)


def environment(span: Span) -> str:
    for name in ENVIRONMENT:
        value = span.attributes.get(name) or span.resource.get(name)
        if value:
            return normalised(value)
    return normalised(None)


def version(span: Span) -> str | None:
    said = span.attributes.get("langfuse.version")
    return text_or_none(span.resource.get("service.version") if said is None else said)


def release(span: Span) -> str | None:
    said = span.attributes.get("langfuse.release")
    return text_or_none(span.resource.get("langfuse.release") if said is None else said)
