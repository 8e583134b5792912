"""Bodies of traces and observations (contract/ingestion.md 5) as fields of a change."""

from collections.abc import Mapping
from typing import Any, Final

from collector.ingest import usage, values
from collector.ingest.environment import DEFAULT
from collector.ingest.issues import Issue, Path, broken_rule, stop_further_checks
from collector.ingest.values import Field, Null, Schema, read_fields

TRACE_NAME_CHARACTERS_MAX: Final = 1000
_NOTHING: Final = Null.SAYS_NOTHING

ID_REQUIRED: Final = Field("id", "id", values.identifier, Null.REFUSED, required=True)
_ID: Final = Field("id", "id", values.identifier, _NOTHING)
_ENVIRONMENT: Final = Field("environment", "environment", values.environment, _NOTHING)
_PARENT: Final = Field("parentObservationId", "parent_id", values.text)
_INPUT: Final = Field("input", "input", values.payload, _NOTHING)
_OUTPUT: Final = Field("output", "output", values.payload, _NOTHING)
_END: Final = Field("endTime", "end_ms", values.instant_ms)

TRACE: Final[Schema] = (
    _ID,
    Field("timestamp", "timestamp_ms", values.instant_ms, _NOTHING),
    Field("name", "name", values.text_of(0, TRACE_NAME_CHARACTERS_MAX)),
    _INPUT,
    _OUTPUT,
    Field("sessionId", "session_id", values.text),
    Field("userId", "user_id", values.text),
    _ENVIRONMENT,
    Field("metadata", "metadata", values.metadata, _NOTHING),
    Field("release", "release", values.text),
    Field("version", "version", values.text),
    Field("public", "public", values.boolean, _NOTHING),
    Field("tags", "tags", values.texts, _NOTHING),
    Field("externalId", "external_id", values.text, _NOTHING),
)
_CORE: Final[Schema] = (
    Field("traceId", "trace_id", values.identifier, _NOTHING),
    Field("name", "name", values.text),
    Field("startTime", "start_ms", values.instant_ms, _NOTHING),
    Field("metadata", "metadata", values.metadata, _NOTHING),
    Field("level", "level", values.one_of("DEBUG", "DEFAULT", "WARNING", "ERROR")),
    Field("statusMessage", "status_message", values.text),
    Field("version", "version", values.text),
)
_MODEL: Final[Schema] = (
    Field("completionStartTime", "completion_start_ms", values.instant_ms),
    Field("model", "model", values.text),
    Field("usage", "usage", usage.legacy_usage, _NOTHING),
    Field("usageDetails", "usage_details", usage.usage_details, _NOTHING),
    Field("costDetails", "cost_details", usage.cost_details, _NOTHING),
)
EVENT: Final[Schema] = (ID_REQUIRED, *_CORE, _PARENT, _INPUT, _OUTPUT, _ENVIRONMENT)
SPAN: Final[Schema] = (*EVENT, _END)
GENERATION: Final[Schema] = (
    *SPAN,
    *_MODEL,
    Field("modelParameters", "model_parameters", values.model_parameters),
    Field("promptName", "prompt_name", values.text, _NOTHING),
    Field("promptVersion", "prompt_version", values.whole_number, _NOTHING),
)
_PLAIN_PARAMETERS: Final = Field(
    "modelParameters", "model_parameters", values.plain_model_parameters
)
OBSERVATION: Final[Schema] = (
    _ID,
    Field(
        "type", "type", values.one_of("GENERATION", "SPAN", "EVENT"), Null.REFUSED, required=True
    ),
    *(*_CORE, _PARENT, _INPUT, _OUTPUT, _END, *_MODEL, _PLAIN_PARAMETERS),
)
POSTED_SPAN: Final[Schema] = (_ID, *_CORE, _PARENT, _INPUT, _OUTPUT, _END)
PATCHED_SPAN: Final[Schema] = (
    Field("spanId", "id", values.identifier, Null.REFUSED, required=True),
    *(*_CORE, _INPUT, _OUTPUT, _END),
)
_POSTED_MODEL: Final[Schema] = (
    *(*_CORE, _END, *_MODEL, _PLAIN_PARAMETERS),
    Field("prompt", "input", values.payload, _NOTHING),
    Field("completion", "output", values.payload, _NOTHING),
)
POSTED_GENERATION: Final[Schema] = (_ID, *_POSTED_MODEL, _PARENT)
PATCHED_GENERATION: Final[Schema] = (
    Field("generationId", "id", values.identifier, Null.REFUSED, required=True),
    *_POSTED_MODEL,
)
POSTED_EVENT: Final[Schema] = (ID_REQUIRED, *_CORE, _PARENT, _INPUT, _OUTPUT, _END)


def read_trace(body: Mapping[str, Any], at: Path, issues: list[Issue]) -> dict[str, Any]:
    """Fields of a trace, `id` among them if it has one."""
    fields = read_fields(body, TRACE, at, issues)
    fields.pop("external_id", None)
    # An event that does not say so takes an earlier `public` back.
    fields.setdefault("public", False)
    fields.setdefault("environment", DEFAULT)
    return fields


def read_observation(
    body: Mapping[str, Any], schema: Schema, at: Path, issues: list[Issue]
) -> dict[str, Any]:
    """Fields of an observation, `id` among them if it has one, `type` if the schema has it."""
    fields = read_fields(body, schema, at, issues)
    fields.setdefault("environment", DEFAULT)
    if not stop_further_checks(issues):
        _settle_prompt(fields, at, issues)
    if schema is not EVENT and schema is not SPAN:
        _settle_usage(fields)
    return fields


def _settle_prompt(fields: dict[str, Any], at: Path, issues: list[Issue]) -> None:
    name, version = fields.get("prompt_name"), fields.get("prompt_version")
    if bool(name) != bool(version):
        issues.append(broken_rule("Invalid input", at))
    elif not name:
        fields.pop("prompt_name", None)
        fields.pop("prompt_version", None)


def _settle_usage(fields: dict[str, Any]) -> None:
    legacy = fields.pop("usage", None) or {}
    combined = {
        "usage": usage.combined_usage(legacy, fields.pop("usage_details", None) or {}),
        "cost": usage.combined_cost(legacy, fields.pop("cost_details", None) or {}),
    }
    fields.update({name: amounts for name, amounts in combined.items() if amounts})
