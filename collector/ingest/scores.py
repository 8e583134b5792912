"""The body of a score (contract/ingestion.md 9.1), of a batch and of POST /scores."""

from collections.abc import Mapping
from typing import Any, Final

from collector.ingest import values
from collector.ingest.environment import DEFAULT, normalised
from collector.ingest.issues import (
    ABSENT,
    Issue,
    Path,
    broken_rule,
    no_variant,
    stop_further_checks,
    unknown_discriminator,
    wrong_type,
)
from collector.ingest.values import Field, Null, Reader, Schema, read_fields
from collector.records.scores import TEXT_CHARACTERS_MAX

_TARGETS: Final = ("traceId", "sessionId", "datasetRunId", "observationId")
_TARGETS_RULE: Final = (
    "Provide exactly one of the following: traceId (with optional observationId), sessionId or "
    "datasetRunId. ObservationId requires traceId."
)
_BOOLEAN_RULE: Final = "Value must be a number equal to either 0 or 1 for data type BOOLEAN"
_CONFIG_RULE: Final = (
    "configId is required when source is ANNOTATION (except for CORRECTION scores)."
)


def _posted_environment(value: Any, at: Path, issues: list[Issue]) -> str | None:
    given = values.text(value, at, issues)
    return None if given is None else normalised(given)


def _boolean(value: Any, at: Path, issues: list[Issue]) -> float | None:
    known = values.number(value, at, issues)
    if known is not None and known not in (0, 1):
        issues.append(broken_rule(_BOOLEAN_RULE, at))
    return known


def _text_or_number(value: Any, at: Path, issues: list[Issue]) -> Any:
    if isinstance(value, str) or values.is_number(value):
        return value
    branches = [[wrong_type(expected, value, ())] for expected in ("string", "number")]
    issues.append(no_variant(branches, at))
    return None


def _nothing(value: Any, at: Path, issues: list[Issue]) -> None:
    issues.append(wrong_type("undefined", value, at))


_VALUES: Final[Mapping[Any, Reader]] = {
    "NUMERIC": values.number,
    "BOOLEAN": _boolean,
    "CATEGORICAL": values.text,
    "TEXT": values.text_of(1, TEXT_CHARACTERS_MAX),
    "CORRECTION": values.text,
    ABSENT: _text_or_number,
}


def _common(environment: Field, *sources: str) -> Schema:
    return (
        Field("id", "id", values.identifier, Null.SAYS_NOTHING),
        Field("name", "name", values.text_of(1), Null.REFUSED, required=True),
        Field("traceId", "trace_id", values.text),
        Field("sessionId", "session_id", values.text),
        Field("datasetRunId", "dataset_run_id", values.text),
        Field("observationId", "observation_id", values.text),
        Field("comment", "comment", values.text),
        Field("metadata", "metadata", values.metadata, Null.SAYS_NOTHING),
        environment,
        Field("source", "source", values.one_of(*sources), Null.REFUSED),
        Field("queueId", "queue_id", values.text),
        Field("executionTraceId", "execution_trace_id", values.text),
    )


_BATCH_SCHEMA: Final = _common(
    Field("environment", "environment", values.environment, Null.SAYS_NOTHING),
    *("API", "EVAL", "ANNOTATION"),
)
_POST_SCHEMA: Final = _common(
    Field("environment", "environment", _posted_environment, Null.REFUSED),
    *("API", "ANNOTATION"),
)


def read_batch_score(body: Mapping[str, Any], at: Path, issues: list[Issue]) -> dict[str, Any]:
    """Fields of a score inside a batch."""
    return _read(body, at, issues, _BATCH_SCHEMA)


def read_posted_score(body: Mapping[str, Any], at: Path, issues: list[Issue]) -> dict[str, Any]:
    """Fields of a score that came to POST /scores: an annotation must name its configuration."""
    fields = _read(body, at, issues, _POST_SCHEMA)
    if not stop_further_checks(issues) and _lacks_config(fields):
        issues.append(broken_rule(_CONFIG_RULE, (*at, "configId")))
    return fields


def _lacks_config(fields: Mapping[str, Any]) -> bool:
    return (
        fields.get("source") == "ANNOTATION"
        and not fields.get("config_id")
        and fields.get("data_type") != "CORRECTION"
    )


def _read(body: Mapping[str, Any], at: Path, issues: list[Issue], schema: Schema) -> dict[str, Any]:
    data_type = body.get("dataType", ABSENT)
    if not (data_type is ABSENT or isinstance(data_type, str)) or data_type not in _VALUES:
        issues.append(unknown_discriminator("dataType", (*at, "dataType")))
        return {}
    fields = read_fields(body, (*schema, *_BY_DATA_TYPE[data_type]), at, issues)
    if not stop_further_checks(issues) and not _has_one_target(fields):
        issues.append(broken_rule(_TARGETS_RULE, (*at, *_TARGETS)))
    for name in ("trace_id", "session_id", "dataset_run_id", "observation_id"):
        if fields.get(name) == "":
            fields[name] = None
    if isinstance(data_type, str):
        fields["data_type"] = data_type
    fields.setdefault("environment", DEFAULT)
    fields.setdefault("source", "API")
    return fields


def _by_data_type(data_type: Any, read_value: Reader) -> Schema:
    read_config = _nothing if data_type == "CORRECTION" else values.text
    return (
        Field("value", "value", read_value, Null.REFUSED, required=True),
        Field("configId", "config_id", read_config),
    )


_BY_DATA_TYPE: Final = {kind: _by_data_type(kind, read) for kind, read in _VALUES.items()}


def _has_one_target(fields: Mapping[str, Any]) -> bool:
    subjects = [fields.get(name) for name in ("trace_id", "session_id", "dataset_run_id")]
    if sum(map(bool, subjects)) != 1:
        return False
    return bool(subjects[0]) or not fields.get("observation_id")
