"""What a score config is and which combinations make sense. Pure, and without SQLAlchemy."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Category = dict[str, Any]

DATA_TYPES: Final = ("NUMERIC", "CATEGORICAL", "BOOLEAN", "TEXT")
NAME_CHARACTERS_MAX: Final = 35
NOT_FOUND: Final = "Score config not found within authorized project"
# Part of an answer: the pattern as the clients' libraries write it.
NAME_PATTERN: Final = r"/^[\p{L}\p{N}_ .()-]+$/u"
BOOLEAN_CATEGORIES: Final[tuple[Category, ...]] = (
    {"label": "True", "value": 1},
    {"label": "False", "value": 0},
)
_NAME_SIGNS: Final = frozenset("_ .()-")


@dataclass(frozen=True, slots=True)
class ScoreConfig:
    """One config as it is stored."""

    id: str
    project_id: str
    name: str
    description: str | None
    data_type: str
    is_archived: bool
    min_value: float | None
    max_value: float | None
    categories: list[Category] | None
    created_ms: int
    updated_ms: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that is broken: the field it is about, if it is about one, and a sentence."""

    field: str | None
    message: str


def is_name(text: str) -> bool:
    """Letters and digits of any script, and a few signs."""
    return all(sign in _NAME_SIGNS or unicodedata.category(sign)[0] in "LN" for sign in text)


def faults_of(config: Mapping[str, Any]) -> list[Fault]:
    """Every rule between the fields of a config, by their stored names, that is broken."""
    data_type = config["data_type"]
    faults = []
    if data_type != "NUMERIC":
        faults += [
            Fault(name, f"A {data_type} score config has no {name.replace('_', ' ')}")
            for name in ("min_value", "max_value")
            if config.get(name) is not None
        ]
    faults += _faults_of_categories(data_type, config.get("categories"))
    lowest, highest = config.get("min_value"), config.get("max_value")
    if lowest is not None and highest is not None and not highest > lowest:
        faults.append(Fault(None, "Maximum value must be greater than Minimum value"))
    return faults


def _faults_of_categories(data_type: str, categories: Sequence[Category] | None) -> list[Fault]:
    if data_type == "CATEGORICAL":
        return _repeated(categories or (), "label") + _repeated(categories or (), "value")
    if categories is None:
        return []
    if data_type != "BOOLEAN":
        return [Fault("categories", f"A {data_type} score config has no categories")]
    if [*categories] == [*BOOLEAN_CATEGORIES]:
        return []
    return [Fault("categories", "The categories of a BOOLEAN score config cannot be changed")]


def _repeated(categories: Sequence[Category], key: str) -> list[Fault]:
    """The first value that stands twice: one is enough to send the list back."""
    seen: set[Any] = set()
    for category in categories:
        value = category[key]
        if value in seen:
            message = f"Duplicate category {key}: {value}, category {key}s must be unique"
            return [Fault("categories", message)]
        seen.add(value)
    return []
