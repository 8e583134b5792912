"""An OTLP trace export as changes: decode, check the whole, then map span by span."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, Protocol

from collector.ingest.mapping.langfuse import (
    quotes_metadata,
    scope_quotes_metadata,
    unquote_metadata,
)
from collector.ingest.mapping.record import Mapped
from collector.ingest.otlp_span import Attributes, Scope, Span
from collector.records.change import Change, Origin

CHUNK_SPANS_MAX: Final = 500
CHUNK_BYTES_MAX: Final = 1024 * 1024
# Traces remembered within one export; past it a trace may be told twice that it exists.
_TRACES_MAX: Final = 20_000
# Spans of one trace that differ in what they say of it, back from which a repeat is known.
_ALIKE_MAX: Final = 4


class Export(Protocol):
    """A checked export of either wire form."""

    span_count: int
    largest_span_bytes: int

    def scopes(self) -> Iterator[tuple[Scope, Attributes]]: ...

    def spans(self, now_ms: int) -> Iterator[Span]: ...


def export_changes(export: Export, origin: Origin, now_ms: int) -> Iterator[list[Change]]:
    """All changes of one export, in chunks that are worth one append each."""
    return changes_of(export.spans(now_ms), is_quoted(export, origin))


def is_quoted(export: Export, origin: Origin) -> bool:
    """Whether the metadata values of this export are JSON: told by the headers, else by a scope."""
    if quotes_metadata(origin.sdk_name, origin.sdk_version):
        return True
    return origin.sdk_name == "unknown" and any(
        scope_quotes_metadata(scope.name, scope.version, resource)
        for scope, resource in export.scopes()
    )


def changes_of(spans: Iterable[Span], metadata_quoted: bool = False) -> Iterator[list[Change]]:
    """Per span its observation and what it says of its trace; each trace is told at least once."""
    chunk: list[Change] = []
    spans_in, bytes_in = 0, 0
    traces = _Traces()
    for span in spans:
        if metadata_quoted:
            unquote_metadata(span.attributes)
        mapped = Mapped(span)
        chunk.append(mapped.observation())
        chunk += traces.changes(mapped)
        spans_in, bytes_in = spans_in + 1, bytes_in + span.bytes_on_wire
        if spans_in >= CHUNK_SPANS_MAX or bytes_in >= CHUNK_BYTES_MAX:
            yield without_repeats(chunk)
            chunk, spans_in, bytes_in = [], 0, 0
    chunk += traces.shallow()
    if chunk:
        yield without_repeats(chunk)


def without_repeats(chunk: list[Change]) -> list[Change]:
    """Of what several spans say alike of their trace only the first and the last, by their clocks.

    A merge asks when something was said first and when last; in between nothing depends on it.
    """
    groups: dict[str, list[list[Change]]] = {}
    for change in chunk:
        if change.kind != "trace":
            continue
        told = groups.setdefault(change.id, [])
        group = next((each for each in told[-_ALIKE_MAX:] if each[0].fields == change.fields), None)
        if group is None:
            told.append([change, change])
        elif change.time_ms < group[0].time_ms:
            group[0] = change
        elif change.time_ms >= group[1].time_ms:
            group[1] = change
    kept = {id(change) for told in groups.values() for group in told for change in group}
    return [change for change in chunk if change.kind != "trace" or id(change) in kept]


class _Traces:
    """Which traces of an export were told in full, and which only exist so far."""

    def __init__(self) -> None:
        self._full: set[str] = set()
        self._shallow: dict[str, Change] = {}

    def changes(self, mapped: Mapped) -> Iterable[Change]:
        """What to write now for the trace of one span."""
        trace_id = mapped.span.trace_id
        full = mapped.trace()
        if full is not None:
            self._shallow.pop(trace_id, None)
            self._full.add(trace_id)
            if len(self._full) > _TRACES_MAX:
                self._full.clear()
            return (full,)
        if trace_id in self._full:
            return ()
        known = self._shallow.get(trace_id)
        if known is None or mapped.span.start_ms < known.time_ms:
            self._shallow[trace_id] = mapped.shallow_trace()
        return self.shallow() if len(self._shallow) > _TRACES_MAX else ()

    def shallow(self) -> list[Change]:
        """The traces that nothing fuller was said about; they are forgotten then."""
        changes: list[Any] = list(self._shallow.values())
        self._shallow.clear()
        return changes
