"""JSON Schemas of datasets: whether one is good, and what a value breaks, in the words of Ajv.

The library is imported with the first schema, as few projects have any. Nothing is ever fetched:
a reference to another document makes a schema a bad one.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn

import orjson

SCHEMA_CHARACTERS_MAX: Final = 10_000
FAULTS_MAX: Final = 10
_BACKTRACKS_MAX: Final = 100_000
_DRAFT_7: Final = tuple(f"http://json-schema.org/draft-07/schema{end}" for end in ("#", ""))
_ONE: Final = ("not", "if", "then", "else", "contains", "propertyNames", "additionalProperties")
_ONE_MORE: Final = ("additionalItems", "items")
_MAPS: Final = ("properties", "patternProperties", "definitions", "$defs", "dependencies")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "items")
_PLAIN: Final = (
    *("$schema", "$id", "$ref", "$comment", "title", "description", "default", "examples"),
    *("readOnly", "writeOnly", "deprecated", "type", "nullable", "enum", "const", "format"),
    *("multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum"),
    *("maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems"),
    *("maxProperties", "minProperties", "required", "contentMediaType", "contentEncoding"),
)
_KEYWORDS: Final = frozenset((*_ONE, *_ONE_MORE, *_MAPS, *_LISTS, *_PLAIN))

Check = Callable[[Any], list[str]]


def is_schema(value: Any) -> bool:
    """Whether it is a JSON Schema of draft 7 without unknown keywords, and short enough."""
    if not isinstance(value, dict) or not _has_known_keywords(value):
        return False
    text = orjson.dumps(value).decode()
    draft = value.get("$schema", _DRAFT_7[0])
    if len(text) > SCHEMA_CHARACTERS_MAX or draft not in _DRAFT_7:
        return False
    try:
        check_of(text)
    except ValueError:
        return False
    return True


def check_of(schema_text: str) -> Check:
    """What says how a value breaks the schema. Raises ValueError for a bad schema."""
    import jsonschema_rs

    schema = orjson.loads(schema_text)
    validator = jsonschema_rs.Draft7Validator(
        schema,
        validate_formats=False,
        retriever=_refuse,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS_MAX),
    )

    def check(value: Any) -> list[str]:
        found: list[str] = []
        for error in validator.iter_errors(value):
            found.append(_in_words(error, schema))
            if len(found) == FAULTS_MAX:
                break
        return found

    return check


def _refuse(uri: str) -> NoReturn:
    raise ValueError(f"schemas refer to nothing outside themselves, not to {uri}")


def _has_known_keywords(schema: Mapping[str, Any]) -> bool:
    """Also of every schema inside; the nesting of a body is bounded."""
    return schema.keys() <= _KEYWORDS and all(map(_has_known_keywords, _inner(schema)))


def _inner(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = [schema.get(name) for name in (*_ONE, *_ONE_MORE)]
    for name in _MAPS:
        held = schema.get(name)
        found += held.values() if isinstance(held, dict) else ()
    for name in _LISTS:
        held = schema.get(name)
        found += held if isinstance(held, list) else ()
    return [each for each in found if isinstance(each, dict)]


def _in_words(error: Any, schema: Any) -> str:
    kind = error.kind
    keyword = kind.name
    if keyword == "falseSchema" and error.schema_path:
        # As `"additionalProperties": false` is told where there are no properties.
        keyword = error.schema_path[-1]
    words = _WORDS.get(keyword, _WORDS.get(kind.name))
    if kind.name == "type":
        return "must be " + _types(error, schema)
    if kind.name == "required":
        return f"must have required property '{kind.property}'"
    if words is None:
        return str(error.message)
    limit = next((getattr(kind, name) for name in _LIMITS if hasattr(kind, name)), None)
    return words.format(limit=limit)


_LIMITS: Final = ("limit", "pattern", "multiple_of")
_WORDS: Final = {
    "additionalProperties": "must NOT have additional properties",
    "additionalItems": "must NOT have additional items",
    "enum": "must be equal to one of the allowed values",
    "const": "must be equal to constant",
    "minimum": "must be >= {limit}",
    "maximum": "must be <= {limit}",
    "exclusiveMinimum": "must be > {limit}",
    "exclusiveMaximum": "must be < {limit}",
    "multipleOf": "must be multiple of {limit}",
    "minLength": "must NOT have fewer than {limit} characters",
    "maxLength": "must NOT have more than {limit} characters",
    "minItems": "must NOT have fewer than {limit} items",
    "maxItems": "must NOT have more than {limit} items",
    "minProperties": "must NOT have fewer than {limit} properties",
    "maxProperties": "must NOT have more than {limit} properties",
    "pattern": 'must match pattern "{limit}"',
    "uniqueItems": "must NOT have duplicate items",
    "anyOf": "must match a schema in anyOf",
    "oneOf": "must match exactly one schema in oneOf",
    "not": "must NOT be valid",
    "contains": "must contain at least 1 valid item(s)",
    "propertyNames": "property name must be valid",
    "falseSchema": "boolean schema is false",
}


def _types(error: Any, schema: Any) -> str:
    """In the schema's own order, which the library does not keep."""
    named = schema
    for step in error.schema_path:
        try:
            named = named[step]
        except (KeyError, TypeError):  # past a reference
            return ",".join(error.kind.types)
    return ",".join(named) if isinstance(named, list) else str(named)
