"""Which model definition a name belongs to, and which of its tiers prices a usage. Pure.

Rows are dictionaries as the registry's snapshot has them: `id`, `project_id` (None for all
projects), `name`, `pattern`, `start_ms`, `unit` and `tiers`, a JSON text, for what is never asked
for costs no memory beyond its text; `texts` may say beforehand what a plain pattern matches.
"""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any, Final, Protocol

from collector.records.patterns import STEPS_MAX, Pattern, PatternError, PatternTooCostly

MODEL_NAME_CHARACTERS_MAX: Final = 256
# Steps for all patterns that one name is held against: some tenths of a second at worst.
STEPS_PER_NAME_MAX: Final = 200_000

# Of an event that carries usage, kept beside the record for the next merge.
_ATTRIBUTES_MAX: Final = 200
_VALUE_MAX: Final = 200
_KEYS_KNOWN_MAX: Final = 100

Row = Mapping[str, Any]
Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """The model definition that matched, with the prices (USD per unit) of the chosen tier."""

    model_id: str
    tier_id: str | None
    tier_name: str | None
    prices: Mapping[str, Decimal]
    default_prices: Mapping[str, Decimal]
    unit: str | None = None


class Condition(Protocol):
    """When a tier applies."""

    def holds(self, usage: Mapping[str, int], attributes: Attributes) -> bool:
        """For this usage, and what the event that brought it says otherwise."""
        ...


_COMPARISONS: Final[dict[str, Callable[[float, float], bool]]] = {
    "gt": lambda units, value: units > value,
    "gte": lambda units, value: units >= value,
    "lt": lambda units, value: units < value,
    "lte": lambda units, value: units <= value,
    "eq": lambda units, value: units == value,
    "neq": lambda units, value: units != value,
}

OPERATORS: Final = tuple(_COMPARISONS)


@dataclass(frozen=True, slots=True)
class UsageCondition:
    """The units of all keys that match, compared with a number; without a pattern it is false."""

    pattern: Pattern | None
    operator: str
    value: float
    known: dict[str, bool] = field(default_factory=dict)

    def holds(self, usage: Mapping[str, int], _attributes: Attributes) -> bool:
        if self.pattern is None:
            return False
        units = sum(units for key, units in usage.items() if self._counts(key))
        return _COMPARISONS[self.operator](units, self.value)

    def _counts(self, key: str) -> bool:
        """Remembered for the first keys: a search costs as much as storing the rest of a record."""
        counts = self.known.get(key)
        if counts is None:
            counts = self.pattern is not None and _found(self.pattern, key)
            if len(self.known) < _KEYS_KNOWN_MAX:
                self.known[key] = counts
        return counts


@dataclass(frozen=True, slots=True)
class AttributeCondition:
    """A model parameter or a metadata value is one of some texts."""

    source: str
    key: str
    values: frozenset[str]

    def holds(self, _usage: Mapping[str, int], attributes: Attributes) -> bool:
        values = attributes.get(self.source)
        if not isinstance(values, Mapping):
            return False
        return _text(values.get(self.key)) in self.values


@dataclass(frozen=True, slots=True)
class Tier:
    """One set of prices and when it applies."""

    id: str
    name: str
    conditions: Sequence[Condition]
    prices: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Model:
    """One definition; `tiers` in the order in which they are tried, the default last."""

    id: str
    unit: str | None
    tiers: Sequence[Tier]

    def price(self, usage: Mapping[str, int], attributes: Attributes) -> ModelPrice:
        """Without usage no tier is chosen."""
        default = self.tiers[-1]
        if not usage:
            return ModelPrice(self.id, None, None, {}, default.prices, self.unit)
        chosen = next((tier for tier in self.tiers if _all_hold(tier, usage, attributes)), default)
        return ModelPrice(self.id, chosen.id, chosen.name, chosen.prices, default.prices, self.unit)


def _all_hold(tier: Tier, usage: Mapping[str, int], attributes: Attributes) -> bool:
    return all(condition.holds(usage, attributes) for condition in tier.conditions)


def read_model(row: Row) -> Model:
    """From a row of the snapshot."""
    tiers = json.loads(row["tiers"])
    tiers.sort(key=lambda tier: (tier["isDefault"], tier["priority"]))
    return Model(row["id"], row["unit"], tuple(map(_tier, tiers)))


def _tier(tier: Mapping[str, Any]) -> Tier:
    prices = {key: Decimal(price) for key, price in tier["prices"].items()}
    return Tier(tier["id"], tier["name"], tuple(map(_condition, tier["conditions"])), prices)


def _condition(condition: Mapping[str, Any]) -> Condition:
    if "source" in condition:
        values = frozenset(condition["values"])
        return AttributeCondition(condition["source"], condition["key"], values)
    ignores_case = not condition.get("caseSensitive", False)
    try:
        pattern = Pattern(
            condition["usageDetailPattern"], javascript=True, ignores_case=ignores_case
        )
    except PatternError:
        pattern = None
    return UsageCondition(pattern, condition["operator"], condition["value"])


def _found(pattern: Pattern, key: str) -> bool:
    try:
        return pattern.matches(key[:MODEL_NAME_CHARACTERS_MAX])
    except PatternTooCostly:
        return False


def attributes_of(fields: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What conditions may ask of an event: its plain model parameters and metadata, if short."""
    return {
        source: dict(
            islice(
                (
                    (key, value)
                    for key, value in known.items()
                    if isinstance(value, str | int | float) and len(str(value)) <= _VALUE_MAX
                ),
                _ATTRIBUTES_MAX,
            )
        )
        for source in ("model_parameters", "metadata")
        if isinstance(known := fields.get(source), Mapping)
    }


def _text(value: Any) -> str | None:
    """As the condition's values are written: only texts, numbers and booleans count."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, int | float) else None


def _rank(row: Row) -> tuple[bool, bool, float]:
    """Projects' models before those of all, then the latest start, none last."""
    start_ms = row["start_ms"]
    return (row["project_id"] is None, start_ms is None, -(start_ms or 0))


def in_order(rows: Iterable[Row]) -> list[Row]:
    """By rank, and what the real server leaves open by name: the longer one says more."""
    return sorted(rows, key=lambda row: (_rank(row), -len(row["name"]), row["name"], row["id"]))


def _plain_texts(pattern: str) -> list[str] | None:
    """None when it has to be searched; a pattern that cannot be read matches nothing."""
    try:
        return Pattern(pattern).alternatives()
    except PatternError:
        return []


class Catalogue:
    """The models of all projects, found by name. Asked by one thread at a time.

    Names whose pattern is a plain list of texts are found in one dictionary; only the other
    patterns are searched one by one, and read when they are first needed.
    """

    def __init__(
        self, rows: Iterable[Row], *, names_max: int, on_limit: Callable[[str], None]
    ) -> None:
        self._rows = in_order(rows)
        self._names_max = names_max
        self._on_limit = on_limit
        self._listed: dict[str, list[int]] = {}
        self._searched: dict[str | None, list[int]] = {}
        self._patterns: dict[int, Pattern | None] = {}
        self._models: dict[int, Model] = {}
        self._found: OrderedDict[tuple[str, str], Model | None] = OrderedDict()
        for number, row in enumerate(self._rows):
            self._index(number, row)

    def price(
        self, project_id: str, name: str, usage: Mapping[str, int], attributes: Attributes
    ) -> ModelPrice | None:
        """The prices for this usage; None when no model matches the name."""
        model = self.find(project_id, name)
        return None if model is None else model.price(usage, attributes)

    def find(self, project_id: str, name: str) -> Model | None:
        """The definition that a project uses for a name, remembered for the latest names."""
        key = (project_id, name)
        if key in self._found:
            self._found.move_to_end(key)
            return self._found[key]
        number = self._first(project_id, name)
        found = None if number is None else self._model(number)
        self._found[key] = found
        if len(self._found) > self._names_max:
            self._found.popitem(last=False)
        return found

    def _index(self, number: int, row: Row) -> None:
        texts = row["texts"] if "texts" in row else _plain_texts(row["pattern"])
        if texts is None:
            self._searched.setdefault(row["project_id"], []).append(number)
        for text in texts or ():
            self._listed.setdefault(text, []).append(number)

    def _model(self, number: int) -> Model:
        if number not in self._models:
            self._models[number] = read_model(self._rows[number])
        return self._models[number]

    def _first(self, project_id: str, name: str) -> int | None:
        if len(name) > MODEL_NAME_CHARACTERS_MAX:
            self._on_limit("model_name_characters_max")
            return None
        owners = (project_id, None)
        listed = self._listed.get(name.lower(), ())
        best = next((n for n in listed if self._rows[n]["project_id"] in owners), None)
        steps_left = STEPS_PER_NAME_MAX
        for number in (n for owner in owners for n in self._searched.get(owner, ())):
            # Of equal rank, a model that lists the name goes before one that describes it.
            if best is not None and _rank(self._rows[number]) >= _rank(self._rows[best]):
                break
            if steps_left <= 0:
                self._on_limit("pattern_steps_max")
                break
            is_match, steps = self._matches(number, name)
            steps_left -= steps
            if is_match:
                return number
        return best

    def _matches(self, number: int, name: str) -> tuple[bool, int]:
        """A pattern that once took too many steps is not tried again."""
        if number not in self._patterns:
            self._patterns[number] = Pattern(self._rows[number]["pattern"])
        pattern = self._patterns[number]
        if pattern is None:
            return False, 0
        try:
            return pattern.search(name)
        except PatternTooCostly:
            self._patterns[number] = None
            self._on_limit("pattern_steps_max")
            return False, STEPS_MAX
