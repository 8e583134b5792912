"""The body of POST /models: flat prices or pricing tiers, and the rules between them."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from collector.errors import InvalidRequest, ValidationFailed
from collector.ingest import values
from collector.ingest.issues import (
    ISSUES_MAX,
    Issue,
    Path,
    broken_rule,
    wrong_type,
)
from collector.ingest.values import Field, Null, Reader, Schema, read_fields
from collector.records.patterns import PATTERN_CHARACTERS_MAX, Pattern, PatternError
from collector.records.pricing import OPERATORS
from collector.registry.price_table import price_text

UNITS: Final = ("TOKENS", "CHARACTERS", "MILLISECONDS", "SECONDS", "REQUESTS", "IMAGES")
_TOKENIZERS: Final = ("openai", "claude")
_FLAT_PRICES: Final = {"inputPrice": "input", "outputPrice": "output", "totalPrice": "total"}
_NAME_CHARACTERS_MAX: Final = 500
_TIER_NAME_CHARACTERS_MAX: Final = 100
_CONDITION_CHARACTERS_MAX: Final = 200
_PRIORITY_MAX: Final = 999
_ONE_KIND: Final = (
    "Must provide either flat prices (inputPrice/outputPrice/totalPrice) OR pricingTiers"
)


def read_model_body(body: Any) -> dict[str, Any]:
    """Fields by their stored names. Raises ValidationFailed or InvalidRequest."""
    if not isinstance(body, dict):
        raise ValidationFailed([wrong_type("object", body, ())])
    issues: list[Issue] = []
    fields = read_fields(body, _SCHEMA, (), issues)
    if not issues:
        issues += _broken_rules(fields)
    if issues:
        raise ValidationFailed(issues[:ISSUES_MAX])
    try:
        Pattern(fields["match_pattern"])
    except PatternError as error:
        message = "matchPattern is not a valid regex pattern (Postgres)"
        raise InvalidRequest(message) from error
    flat = {kind: fields[key] for key, kind in _FLAT_PRICES.items() if key in fields}
    return fields | {
        "is_flat": not fields.get("tiers"),
        "tiers": fields.get("tiers") or [_flat_tier(flat)],
    }


def _flat_tier(prices: Mapping[str, str]) -> dict[str, Any]:
    tier = {"name": "Standard", "isDefault": True, "priority": 0, "conditions": []}
    return {**tier, "prices": dict(prices)}


# -- fields --------------------------------------------------------------------------------------


def _without_nul(reader: Reader) -> Reader:
    """PostgreSQL has no text with a NUL in it."""

    def read(value: Any, at: Path, issues: list[Issue]) -> Any:
        if isinstance(value, str) and "\0" in value:
            issues.append(broken_rule("A NUL character is not allowed here", at))
            return None
        return reader(value, at, issues)

    return read


_name: Final = _without_nul(values.text_of(1, _NAME_CHARACTERS_MAX))
_pattern: Final = _without_nul(values.text_of(0, PATTERN_CHARACTERS_MAX))
_tier_text: Final = values.text_of(1, _TIER_NAME_CHARACTERS_MAX)
_condition_text: Final = values.text_of(1, _CONDITION_CHARACTERS_MAX)


def _tier_name(value: Any, at: Path, issues: list[Issue]) -> Any:
    return _tier_text(value.strip() if isinstance(value, str) else value, at, issues)


def _amount(value: Any, at: Path, issues: list[Issue]) -> float | None:
    known = values.number(value, at, issues)
    if known is None or known >= 0:
        return known
    message = "Too small: expected number to be >=0"
    details = {"origin": "number", "code": "too_small", "minimum": 0, "inclusive": True}
    issues.append({**details, "path": list(at), "message": message})
    return None


def _price(value: Any, at: Path, issues: list[Issue]) -> str | None:
    known = _amount(value, at, issues)
    return None if known is None else price_text(Decimal(repr(known)))


def _priority(value: Any, at: Path, issues: list[Issue]) -> int | None:
    known = values.whole_number(value, at, issues)
    if known is not None and not 0 <= known <= _PRIORITY_MAX:
        issues.append(broken_rule(f"A priority is a number from 0 to {_PRIORITY_MAX}", at))
    return known


def _list_of(read_item: Reader) -> Reader:
    """Reads a list; how long it may be, the size of the body says."""

    def read(value: Any, at: Path, issues: list[Issue]) -> list[Any] | None:
        if not isinstance(value, list):
            issues.append(wrong_type("array", value, at))
            return None
        found = []
        for index, item in enumerate(value):
            found.append(read_item(item, (*at, index), issues))
            if len(issues) >= ISSUES_MAX:
                break
        return found

    return read


def _object_reader(schema: Schema) -> Reader:
    def read(value: Any, at: Path, issues: list[Issue]) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return read_fields(value, schema, at, issues)
        issues.append(wrong_type("object", value, at))
        return None

    return read


def _prices(value: Any, at: Path, issues: list[Issue]) -> dict[str, str] | None:
    if not isinstance(value, dict):
        issues.append(wrong_type("record", value, at))
        return None
    found = {key: _price(price, (*at, key), issues) for key, price in value.items()}
    return {key: price for key, price in found.items() if price is not None}


_ATTRIBUTE_CONDITION: Final = _object_reader(
    (
        Field(
            "source",
            "source",
            values.one_of("model_parameters", "metadata"),
            Null.REFUSED,
            required=True,
        ),
        Field("key", "key", _condition_text, Null.REFUSED, required=True),
        Field("operator", "operator", values.one_of("in"), Null.REFUSED, required=True),
        Field("values", "values", _list_of(values.text_of(1)), Null.REFUSED, required=True),
    )
)


def _condition(value: Any, at: Path, issues: list[Issue]) -> Any:
    """Of a usage, or of an attribute when it names a source."""
    if isinstance(value, dict) and "source" in value:
        return _ATTRIBUTE_CONDITION(value, at, issues)
    found = _USAGE_CONDITION(value, at, issues)
    return None if found is None else {"caseSensitive": False, **found}


def _usage_pattern(value: Any, at: Path, issues: list[Issue]) -> Any:
    known = _condition_text(value, at, issues)
    try:
        Pattern(known or "", javascript=True)
    except PatternError:
        issues.append(broken_rule("Invalid regex pattern", at))
    return known


_USAGE_CONDITION: Final = _object_reader(
    (
        Field(
            "usageDetailPattern",
            "usageDetailPattern",
            _usage_pattern,
            Null.REFUSED,
            required=True,
        ),
        Field("operator", "operator", values.one_of(*OPERATORS), Null.REFUSED, required=True),
        Field("value", "value", _amount, Null.REFUSED, required=True),
        Field("caseSensitive", "caseSensitive", values.boolean, Null.REFUSED),
    )
)
_TIER: Final = _object_reader(
    (
        Field("name", "name", _tier_name, Null.REFUSED, required=True),
        Field("isDefault", "isDefault", values.boolean, Null.REFUSED, required=True),
        Field("priority", "priority", _priority, Null.REFUSED, required=True),
        Field("conditions", "conditions", _list_of(_condition), Null.REFUSED, required=True),
        Field("prices", "prices", _prices, Null.REFUSED, required=True),
    )
)
_SCHEMA: Final[Schema] = (
    Field("modelName", "model_name", _name, Null.REFUSED, required=True),
    Field("matchPattern", "match_pattern", _pattern, Null.REFUSED, required=True),
    Field("startDate", "start_ms", values.instant_ms, Null.SAYS_NOTHING),
    Field("inputPrice", "inputPrice", _price, Null.SAYS_NOTHING),
    Field("outputPrice", "outputPrice", _price, Null.SAYS_NOTHING),
    Field("totalPrice", "totalPrice", _price, Null.SAYS_NOTHING),
    Field("pricingTiers", "tiers", _list_of(_TIER), Null.SAYS_NOTHING),
    Field("unit", "unit", values.one_of(*UNITS), Null.REFUSED, required=True),
    Field("tokenizerId", "tokenizer_id", values.one_of(*_TOKENIZERS), Null.SAYS_NOTHING),
    Field("tokenizerConfig", "tokenizer_config", values.json_value, Null.SAYS_NOTHING),
)


# -- rules between fields ------------------------------------------------------------------------


def _broken_rules(fields: Mapping[str, Any]) -> Iterator[Issue]:
    flat = {key for key in _FLAT_PRICES if key in fields}
    tiers = fields.get("tiers")
    if bool(flat) == bool(tiers):
        yield broken_rule(_ONE_KIND + (", not both" if flat else ""), ())
    if "totalPrice" in flat and len(flat) > 1:
        message = "If input and/or output price is set, total price must be null"
        yield broken_rule(message, ("totalPrice",))
    if tiers:
        fault = _fault_of(tiers)
        if fault:
            yield broken_rule(fault, ("pricingTiers",))


def _fault_of(tiers: list[dict[str, Any]]) -> str | None:
    """The first rule that the tiers break together."""
    defaults = [tier for tier in tiers if tier["isDefault"]]
    if not defaults:
        return "Exactly one pricing tier must have isDefault: true"
    if len(defaults) > 1:
        return f"Only one pricing tier can have isDefault: true, found {len(defaults)}"
    if defaults[0]["priority"] != 0 or defaults[0]["conditions"]:
        return "The default pricing tier must have priority 0 and no conditions"
    for name in ("priority", "name"):
        value, times = Counter(tier[name] for tier in tiers).most_common(1)[0]
        if times > 1:
            return f"Pricing tiers must have different values of {name}, found {value} twice"
    return next(filter(None, (_fault_of_tier(tier, defaults[0]) for tier in tiers)), None)


def _fault_of_tier(tier: dict[str, Any], default: dict[str, Any]) -> str | None:
    if not tier["isDefault"] and not tier["conditions"]:
        return f'Pricing tier "{tier["name"]}" must have at least one condition'
    if any(condition.get("values") == [] for condition in tier["conditions"]):
        return f'Pricing tier "{tier["name"]}" has a condition without values'
    if tier["prices"].keys() == default["prices"].keys():
        return None
    expected, got = (", ".join(sorted(each["prices"])) for each in (default, tier))
    return (
        f'Pricing tier "{tier["name"]}" must have the same usage keys as the default tier. '
        f"Expected: [{expected}], Got: [{got}]"
    )
