"""JSON Schemas: which are good, and how a fault reads."""

import subprocess
import sys
from typing import Any

import orjson
import pytest

from collector.registry.dataset_schemas import FAULTS_MAX, check_of, is_schema


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    return check_of(orjson.dumps(schema).decode())(value)


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"},
        {"properties": {"unknown-name": {"type": "string", "format": "no-such-format"}}},
        {"definitions": {"a": {"type": "null"}}, "$ref": "#/definitions/a"},
        {"items": [{"type": "string"}, {"type": "integer"}], "additionalItems": False},
        {"pattern": "^(?=a)a"},
    ],
)
def test_a_good_schema_is_one(schema: dict[str, Any]) -> None:
    assert is_schema(schema)


@pytest.mark.parametrize(
    "schema",
    [
        True,
        [],
        "object",
        {"type": "nonsense"},
        {"unknownKeyword": 1},
        {"properties": {"a": {"unknownKeyword": 1}}},
        {"anyOf": [{"items": {"unknownKeyword": 1}}]},
        {"required": "a"},
        {"pattern": "("},
        {"$ref": "#/definitions/nowhere"},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "file:///etc/hostname"},
        {"$schema": "https://example.org/other"},
        {"$schema": ["unhashable"]},
        {"description": "d" * 10_000},
    ],
)
def test_a_bad_schema_is_none(schema: Any) -> None:
    assert not is_schema(schema)


@pytest.mark.parametrize(
    ("schema", "value", "words"),
    [
        ({"type": "object"}, None, ["must be object"]),
        ({"type": ["string", "null"]}, 1, ["must be string,null"]),
        ({"required": ["q"]}, {}, ["must have required property 'q'"]),
        ({"additionalProperties": False}, {"a": 1}, ["must NOT have additional properties"]),
        ({"enum": [1, 2]}, 3, ["must be equal to one of the allowed values"]),
        ({"const": 1}, 3, ["must be equal to constant"]),
        ({"minimum": 5}, 3, ["must be >= 5"]),
        ({"exclusiveMaximum": 3}, 3, ["must be < 3"]),
        ({"multipleOf": 2}, 3, ["must be multiple of 2"]),
        ({"minLength": 2}, "a", ["must NOT have fewer than 2 characters"]),
        ({"maxItems": 1}, [1, 2], ["must NOT have more than 1 items"]),
        ({"pattern": "^a"}, "b", ['must match pattern "^a"']),
        ({"anyOf": [{"type": "null"}]}, 1, ["must match a schema in anyOf"]),
        ({"not": {}}, 1, ["must NOT be valid"]),
        ({"$ref": "#/definitions/a", "definitions": {"a": {"type": "null"}}}, 1, ["must be null"]),
        ({"format": "date"}, "no date", []),
    ],
)
def test_a_fault_reads_as_clients_know_it(
    schema: dict[str, Any], value: Any, words: list[str]
) -> None:
    assert faults(schema, value) == words


def test_so_many_faults_are_told() -> None:
    assert len(faults({"items": {"type": "null"}}, [1] * 50)) == FAULTS_MAX


def test_a_pattern_that_would_never_end_does() -> None:
    assert len(faults({"pattern": r"^(?:(a+)+)\1?$"}, "a" * 40 + "b")) == 1


def test_a_schema_that_refers_to_itself_ends() -> None:
    tree = {"properties": {"child": {"$ref": "#"}}, "required": ["name"]}

    assert faults({"$ref": "#"}, 1) == []
    assert faults(tree, {"name": 1, "child": {}}) == ["must have required property 'name'"]


def test_the_library_is_loaded_with_the_first_schema() -> None:
    code = (
        "import sys, collector.api.datasets, collector.registry.datasets; "
        "print('jsonschema_rs' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "False"
