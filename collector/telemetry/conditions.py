"""Conditions of a list and the SQL of them. Values are always bound, columns listed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from collector.errors import InvalidRequest

_COMPARISONS = frozenset({"=", "!=", ">", ">=", "<", "<="})
_TEXTS = {
    "contains": "contains({c}, {v})",
    "does not contain": "not contains({c}, {v})",
    "starts with": "starts_with({c}, {v})",
    "ends with": "suffix({c}, {v})",
}
_LISTS = {
    "any of": "{c} in (select unnest({v}))",
    "none of": "{c} not in (select unnest({v}))",
}
_ARRAYS = {
    "any of": "list_has_any({c}, {v})",
    "none of": "not list_has_any({c}, {v})",
    "all of": "list_has_all({c}, {v})",
}
_NULLS = {"is null": "{c} is null", "is not null": "{c} is not null"}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; all of a list hold together. `key` names a key inside an object column."""

    column: str
    operator: str
    value: Any = None
    key: str | None = None


@dataclass(slots=True)
class Where:
    """A conjunction with its bound values."""

    parts: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)

    def add(self, text: str, value: Any = None) -> None:
        """`{v}` in the text becomes the bound value."""
        if "{v}" in text:
            name = f"c{len(self.params)}"
            self.params[name] = value
            text = text.replace("{v}", f"${name}")
        self.parts.append(text)

    @property
    def sql(self) -> str:
        """The text for a `{where}` hole."""
        return " and ".join(self.parts) or "true"


def where(conditions: Iterable[Condition], columns: dict[str, str]) -> Where:
    """The SQL of conditions; `columns` maps the names callers use to expressions."""
    built = Where()
    for condition in conditions:
        expression = columns.get(condition.column)
        if expression is None:
            raise InvalidRequest(f"unknown column {condition.column!r}")
        built.add(*_fragment(condition, expression))
    return built


def _fragment(condition: Condition, expression: str) -> tuple[str, Any]:
    operator, value = condition.operator, condition.value
    if operator in _NULLS:
        return _NULLS[operator].format(c=expression), None
    if operator in _COMPARISONS:
        return f"{expression} {operator.replace('!=', '<>')} {{v}}", value
    if operator in _TEXTS:
        return _TEXTS[operator].format(c=expression, v="{v}"), value
    lists = (
        _ARRAYS
        if condition.column.endswith("tags") or condition.column.endswith("names")
        else _LISTS
    )
    if operator in lists:
        return lists[operator].format(c=expression, v="{v}::varchar[]"), _texts(value)
    raise InvalidRequest(f"operator {operator!r} does not fit column {condition.column!r}")


def _texts(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, Sequence) else [str(value)]


_OWN = "t.{0}"


def _plain(*names: str) -> dict[str, str]:
    return {name: _OWN.format(name) for name in names}


TRACE_COLUMNS = _plain(
    *("id", "timestamp_ms", "name", "user_id", "session_id", "version", "release", "environment"),
    *("tags", "public", "bookmarked", "created_ms", "updated_ms", "has_record", "synthetic"),
    *("input_preview", "output_preview"),
)
OBSERVATION_COLUMNS = {
    **_plain(
        *("id", "trace_id", "parent_id", "type", "name", "environment", "level", "status_message"),
        *("version", "start_ms", "end_ms", "completion_start_ms", "model", "model_id"),
        *(
            "prompt_name",
            "prompt_version",
            "user_id",
            "session_id",
            "tags",
            "release",
            "trace_name",
        ),
        *("app_root", "has_input", "has_output", "input_tokens", "output_tokens", "total_tokens"),
        *("input_cost", "output_cost", "total_cost", "source", "sdk_name", "sdk_version"),
        *("ingestion_key", "experiment_id", "experiment_name", "experiment_dataset_id"),
        *("tool_names", "called_tool_names", "created_ms", "updated_ms"),
        *("guard_action", "guard_stage", "guard_scanner", "guard_category", "guard_severity"),
    ),
    "trace_user_id": "tr.user_id",
    "trace_tags": "tr.tags",
    "trace_record_name": "tr.name",
    "trace_environment": "tr.environment",
}
SCORE_COLUMNS = {
    **_plain(
        *("id", "trace_id", "observation_id", "session_id", "dataset_run_id", "name", "data_type"),
        *("value", "string_value", "comment", "environment", "config_id", "queue_id"),
        *("author_user_id", "timestamp_ms", "created_ms", "updated_ms"),
    ),
    "source": "t.score_source",
}
