"""The stored form of a score (contract/ingestion.md 9.2)."""

from collections.abc import Mapping
from typing import Any

CORRECTION_NAME = "output"


def stored_form(
    fields: Mapping[str, Any], config: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fields of a score change with its values and `data_type` as they are stored.

    `value` comes in as sent (number or text); a missing type follows the value's.
    `config` is the score's configuration, whose name and type win over the body's.
    Raises ValueError, naming the reason, for a score that the real server drops.
    """
    if (
        fields.get("source") == "ANNOTATION"
        and not config
        and fields.get("data_type") != "CORRECTION"
    ):
        raise ValueError("annotation_without_config")
    value = fields.get("value")
    data_type = _data_type(fields, config, value)
    stored = dict(fields) | {"data_type": data_type}
    if config:
        stored["name"] = config["name"]
    if data_type == "CORRECTION":
        if not fields.get("trace_id"):
            raise ValueError("correction_without_trace")
        return stored | _values(0.0, None, str(value)) | {"name": CORRECTION_NAME}
    if data_type in ("NUMERIC", "BOOLEAN"):
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            raise ValueError("value_does_not_fit_type")
        text = ("True" if value == 1 else "False") if data_type == "BOOLEAN" else None
        return stored | _values(float(value), text, "")
    if not isinstance(value, str):
        raise ValueError("value_does_not_fit_type")
    return stored | _values(0.0, value, "")


def _data_type(fields: Mapping[str, Any], config: Mapping[str, Any] | None, value: Any) -> str:
    given = fields.get("data_type")
    if config:
        if given and given != config["data_type"]:
            raise ValueError("data_type_differs_from_config")
        return str(config["data_type"])
    if given:
        return str(given)
    return "CATEGORICAL" if isinstance(value, str) else "NUMERIC"


def _values(value: float | None, text: str | None, long_text: str) -> dict[str, Any]:
    return {"value": value, "string_value": text, "long_string_value": long_text}
