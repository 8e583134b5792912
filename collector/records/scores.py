"""The stored form of a score, and which scores are dropped (contract/ingestion.md 9.2)."""

from collections.abc import Mapping
from typing import Any, Final

CORRECTION_NAME: Final = "output"
TEXT_CHARACTERS_MAX: Final = 500
# Stands for the config of a score while no config at all is known: nothing is held against it.
UNKNOWN_YET: Final[Mapping[str, Any]] = {}

Values = dict[str, Any]


class Dropped(ValueError):
    """A score that is not stored; the text is one of a few words that name the reason."""


def stored_form(
    fields: Mapping[str, Any], config: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fields of a score change with its values and `data_type` as they are stored.

    `value` comes in as sent (number or text); a missing type follows the value's.
    `config` is what the score's `config_id` names, None if there is no such config; its name and
    type win over the body's, and the value must fit it. Raises Dropped.
    """
    _check_config(fields, config)
    value = fields.get("value")
    data_type = _data_type(fields, config, value)
    stored = dict(fields) | {"data_type": data_type}
    if config:
        stored["name"] = config["name"]
    if data_type == "CORRECTION":
        stored["name"] = CORRECTION_NAME
    return stored | _READERS[data_type](value, fields, config or UNKNOWN_YET)


def _check_config(fields: Mapping[str, Any], config: Mapping[str, Any] | None) -> None:
    is_correction = fields.get("data_type") == "CORRECTION"
    if not fields.get("config_id"):
        if fields.get("source") == "ANNOTATION" and not is_correction:
            raise Dropped("annotation_without_config")
        return
    if is_correction:
        raise Dropped("correction_with_config")
    if config is None:
        raise Dropped("config_not_found")
    if config.get("is_archived"):
        raise Dropped("config_archived")


def _data_type(fields: Mapping[str, Any], config: Mapping[str, Any] | None, value: Any) -> str:
    given = fields.get("data_type")
    if config:
        if given and given != config["data_type"]:
            raise Dropped("data_type_differs_from_config")
        return str(config["data_type"])
    if given:
        return str(given)
    return "CATEGORICAL" if isinstance(value, str) else "NUMERIC"


# -- values by type ----------------------------------------------------------------------------


def _numeric(value: Any, _fields: Mapping[str, Any], config: Mapping[str, Any]) -> Values:
    number = _number(value)
    lowest, highest = config.get("min_value"), config.get("max_value")
    if lowest is not None and number < lowest:
        raise Dropped("value_below_minimum")
    if highest is not None and number > highest:
        raise Dropped("value_above_maximum")
    return _values(number, None, "")


def _boolean(value: Any, _fields: Mapping[str, Any], _config: Mapping[str, Any]) -> Values:
    number = _number(value)
    if number not in (0, 1):
        raise Dropped("value_does_not_fit_type")
    return _values(number, "True" if number else "False", "")


def _categorical(value: Any, _fields: Mapping[str, Any], config: Mapping[str, Any]) -> Values:
    label = _text(value)
    if not config:
        return _values(0.0, label, "")
    for category in config.get("categories") or ():
        if category["label"] == label:
            return _values(float(category["value"]), label, "")
    raise Dropped("unknown_category")


def _free_text(value: Any, _fields: Mapping[str, Any], _config: Mapping[str, Any]) -> Values:
    text = _text(value)
    # Counted as Langfuse counts: characters beyond the first 65,536 of Unicode are two.
    if not 1 <= len(text.encode("utf-16-le", "surrogatepass")) // 2 <= TEXT_CHARACTERS_MAX:
        raise Dropped("text_length")
    return _values(0.0, text, "")


def _correction(value: Any, fields: Mapping[str, Any], _config: Mapping[str, Any]) -> Values:
    if not fields.get("trace_id"):
        raise Dropped("correction_without_trace")
    return _values(0.0, None, _text(value))


_READERS: Final = {
    "NUMERIC": _numeric,
    "BOOLEAN": _boolean,
    "CATEGORICAL": _categorical,
    "TEXT": _free_text,
    "CORRECTION": _correction,
}


def _number(value: Any) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise Dropped("value_does_not_fit_type")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Dropped("value_does_not_fit_type")
    return value


def _values(value: float | None, text: str | None, long_text: str) -> Values:
    return {"value": value, "string_value": text, "long_string_value": long_text}
