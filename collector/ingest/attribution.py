"""Who wrote: the SDK's name and version as its headers tell them, spelt with - or _."""

from collections.abc import Mapping

from collector.records.change import Origin, Source

_CHARACTERS_MAX = 200


def origin_from_headers(headers: Mapping[str, str], public_key: str, source: Source) -> Origin:
    """The origin of a request's records; `headers` looks names up whatever their case."""
    return Origin(
        public_key=public_key,
        sdk_name=_header(headers, "x-langfuse-sdk-name"),
        sdk_version=_header(headers, "x-langfuse-sdk-version"),
        source=source,
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name) or headers.get(name.replace("-", "_")) or "unknown"
    return value[:_CHARACTERS_MAX]
