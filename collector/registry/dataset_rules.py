"""What datasets, their items and their runs are, and the rules that need no table. Pure."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

import orjson

from collector import metrics
from collector.errors import InvalidRequest, Unprocessable

ACTIVE: Final = "ACTIVE"
ARCHIVED: Final = "ARCHIVED"
DATASET_NOT_FOUND: Final = "Dataset not found"
ITEM_NOT_FOUND: Final = "Dataset item not found"
RUN_NOT_FOUND: Final = "Dataset run not found"
_TAG = re.compile(r"<[^>]*>")
# Tab, line feed and carriage return are the only ones that a text keeps.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Dataset:
    """One row; metadata and schemas are JSON texts."""

    id: str
    project_id: str
    name: str
    description: str | None
    metadata: str | None
    input_schema: str | None
    expected_output_schema: str | None
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class Item:
    """One version of an item; input, expected output and metadata are JSON texts."""

    id: str
    dataset_id: str
    dataset_name: str
    valid_from_ms: int
    valid_to_ms: int | None
    status: str
    input: str | None
    expected_output: str | None
    metadata: str | None
    source_trace_id: str | None
    source_observation_id: str | None


@dataclass(frozen=True, slots=True)
class Run:
    """One row; metadata is a JSON text."""

    id: str
    dataset_id: str
    name: str
    description: str | None
    metadata: str | None
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class RunItem:
    """What a run made of an item."""

    id: str
    run_id: str
    run_name: str
    item_id: str
    trace_id: str
    observation_id: str | None
    created_ms: int
    updated_ms: int
    item_version_ms: int | None = None


@dataclass(frozen=True, slots=True)
class ExperimentRoot:
    """The span that stands for one item of an experiment; `written_ms` is when it was stored."""

    observation_id: str
    trace_id: str
    dataset_id: str
    run_name: str
    item_id: str
    start_ms: int
    written_ms: int


def run_id_of(project_id: str, dataset_id: str, run_name: str) -> str:
    """The id that SDKs work out for themselves, so that spans and run items meet in one run."""
    names = orjson.dumps(["langfuse-experiment-v1", project_id, dataset_id, run_name])
    return hashlib.sha256(names).hexdigest()[:16]


def name_faults(name: str) -> list[str]:
    """Every rule that the name of a dataset breaks, as sentences."""
    found = []
    if not name:
        found.append("Name must not be empty")
    if _TAG.search(name):
        found.append("Name must not contain HTML tags")
    if name.startswith("/") or name.endswith("/") or "//" in name:
        found.append("Name must not start or end with a slash, or contain two in a row")
    if "\0" in name:
        found.append("Name must not contain a NUL character")
    return found


def without_control_characters(value: Any) -> Any:
    """The JSON value with its texts and keys cleaned."""
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, list):
        return [without_control_characters(item) for item in value]
    if isinstance(value, dict):
        return {
            _CONTROL.sub("", key): without_control_characters(item) for key, item in value.items()
        }
    return value


def too_many(limit: str, message: str) -> InvalidRequest:
    """Past a limit of the settings, counted."""
    metrics.LIMIT_HITS.labels(limit).inc()
    return InvalidRequest(message)


def too_much(limit: str, message: str) -> Unprocessable:
    """An answer past a limit of the settings, counted."""
    metrics.LIMIT_HITS.labels(limit).inc()
    return Unprocessable(message)
