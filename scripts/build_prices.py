"""Makes collector/registry/prices/models.jsonl: `make prices`.

Prices come from the package genai-prices, pinned for development and never part of the service.
What it lacks, and where Langfuse's users are used to another price or to other usage keys, stands
in price_overrides.json beside this file. One line per model.
"""

import datetime as dt
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from genai_prices.data import providers

from collector.records.patterns import Pattern

ROOT: Final = Path(__file__).parent.parent
OVERRIDES: Final = Path(__file__).parent / "price_overrides.json"
TABLE: Final = ROOT / "collector" / "registry" / "prices" / "models.jsonl"

Prices = dict[str, str]
Tier = dict[str, Any]

# In the order in which they claim a name, with the words that gateways put before it.
PROVIDERS: Final = {
    "openai": ("openai", "azure"),
    "anthropic": ("anthropic", "vertex_ai", "bedrock"),
    "google": ("google", "googleai", "gemini", "vertex_ai", "models"),
    "mistral": ("mistral", "mistralai"),
    "cohere": ("cohere", "cohere_chat"),
    "deepseek": ("deepseek",),
    "x-ai": ("xai", "x-ai"),
    "aws": ("bedrock", "aws", "amazon"),
    "azure": ("azure", "azure_ai"),
    "groq": ("groq",),
    "together": ("together_ai", "together"),
    "openrouter": ("openrouter",),
}
# Which usage keys the SDKs of a provider send, by kind of price: see `usage_keys` of the overrides.
_DIALECTS: Final = {"openai": "reasoning", "anthropic": "claude", "google": "gemini"}
_KINDS: Final = {
    "input_mtok": "input",
    "output_mtok": "output",
    "cache_read_mtok": "cached",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "input_audio_mtok": "audio_in",
    "output_audio_mtok": "audio_out",
    "cache_audio_read_mtok": "cached_audio",
    "input_image_mtok": "image_in",
    "output_image_mtok": "image_out",
    "output_reasoning_mtok": "reasoning",
}
_REGIONS: Final = "(us|eu|apac|au|jp|global|ca|sa|us-gov)"
# A dated or numbered release of a model whose name ends before it.
_RELEASE: Final = r"(-preview)?(-[0-9]{4,8}|-[0-9]{4}-[0-9]{2}-[0-9]{2}|-latest|@[0-9]{8})?"
_VERSION: Final = r"(-v[0-9]+)?(:[0-9]+)?"
_CLAUDE: Final = r"(-v[0-9]+)?(:[0-9]+)?(@[0-9]{8})?"


@dataclass
class Row:
    """One model: the names as fragments of a pattern, prices in USD per million units."""

    name: str
    provider: str
    fragments: list[str]
    keys: str
    tiers: list[Tier]
    source: str
    literals: list[str] = field(default_factory=list)
    beginnings: list[str] = field(default_factory=list)  # each has its fragment

    def line(self) -> dict[str, Any]:
        line: dict[str, Any] = {
            "name": self.name,
            "provider": self.provider,
            "names": "|".join(self.fragments),
        }
        line |= {"keys": self.keys, "tiers": self.tiers}
        return line | ({"source": self.source} if self.source else {})


def frame_of(provider: str) -> str:
    """The pattern around NAMES: alone, or behind the provider's name as gateways write it."""
    prefixes = "|".join(PROVIDERS[provider])
    if provider == "anthropic":
        return rf"(?i)^(({prefixes})/)?({_REGIONS}\.)?(anthropic\.)?(NAMES){_CLAUDE}$"
    if provider == "aws":
        return rf"(?i)^(({prefixes})/)?({_REGIONS}\.)?(NAMES)$"
    return rf"(?i)^(({prefixes})/)?(NAMES)$"


# -- the package's data ----------------------------------------------------------------------------


def public_rows() -> Iterator[Row]:
    """Every model of the providers above that the package has a price per token for."""
    by_id = {provider.id: provider for provider in providers}
    for name in PROVIDERS:
        for model in by_id[name].models:
            tiers = tiers_of(model)
            names = list(names_of(model.match))
            if tiers and names:
                keys = _DIALECTS.get(name, "common")
                literals = [text for text, ending in names if not ending]
                row = Row(model.id, name, [], keys, tiers, "", literals)
                row.beginnings = [text for text, ending in names if ending]
                row.fragments = [escaped(text) + ending for text, ending in names if ending]
                yield row


def names_of(clause: Any) -> Iterator[tuple[str, str]]:
    """Names, each with a pattern of what may follow it."""
    kind = type(clause).__name__
    if kind == "ClauseEquals":
        yield clause.equals, ""
    elif kind == "ClauseStartsWith" and clause.starts_with.startswith("ft:"):
        yield clause.starts_with, ".+"
    elif kind == "ClauseStartsWith":
        yield clause.starts_with.rstrip("-"), _RELEASE
    elif kind == "ClauseContains":
        yield clause.contains.rstrip("-@"), _VERSION
    elif kind in ("ClauseOr", "ClauseAnd"):
        for part in clause.or_ if kind == "ClauseOr" else clause.and_[:1]:
            yield from names_of(part)


def escaped(name: str) -> str:
    """As a fragment of a pattern."""
    return re.sub(r"([.\\+*?()\[\]{}|^$])", r"\\\1", name)


def tiers_of(model: Any) -> list[Tier]:
    """The default, then by size of the prompt and by service tier, as far as they are priced."""
    base = in_force(model.prices)
    default = prices_at(base, 0)
    if not {"input", "output"} & default.keys():
        return []
    tiers: list[Tier] = [{"name": "Standard", "prices": default}]
    tiers += [
        {"name": long_name(start), "above": start, "prices": prices_at(base, start)}
        for start in starts_of(base)
    ]
    for values, prices in service_tiers(model, base):
        when = {"service_tier": values}
        name = "Flex" if values == ["flex"] else "Priority"
        tiers.append({"name": name, "when": when, "prices": prices_at(prices, 0)})
        for start in starts_of(prices):
            far = {"name": f"{name}, {long_name(start).lower()}", "when": when, "above": start}
            tiers.append(far | {"prices": prices_at(prices, start)})
    return [tier for tier in tiers if tier["prices"].keys() == default.keys()]


def long_name(start: int) -> str:
    return f"Above {start // 1000}K"


def in_force(prices: Any) -> dict[str, Any]:
    """Of prices with a start the latest, of prices by the hour those at noon."""
    if not isinstance(prices, list):
        return priced(prices)
    chosen = prices[0]
    for one in prices:
        constraint = type(one.constraint).__name__
        begun = constraint == "StartDateConstraint" and one.constraint.start_date <= _today()
        at_noon = constraint == "TimeOfDateConstraint" and _covers_noon(one.constraint)
        if begun or at_noon:
            chosen = one
    return priced(chosen.prices)


def _today() -> dt.date:
    return dt.datetime.now(dt.UTC).date()


def _covers_noon(constraint: Any) -> bool:
    noon = dt.time(12, tzinfo=dt.UTC)
    return bool(constraint.start_time <= noon < constraint.end_time)


def priced(prices: Any) -> dict[str, Any]:
    return {name: price for name, price in vars(prices).items() if price is not None}


def starts_of(prices: dict[str, Any]) -> list[int]:
    tiered = [price for price in prices.values() if hasattr(price, "tiers")]
    return sorted({tier.start for price in tiered for tier in price.tiers})


def prices_at(prices: dict[str, Any], start: int) -> Prices:
    """By kind, for a prompt just above `start` tokens."""
    found: Prices = {}
    for name, price in prices.items():
        if name not in _KINDS:
            continue
        value = price
        if hasattr(price, "tiers"):
            reached = [tier.price for tier in price.tiers if tier.start <= start and start]
            value = reached[-1] if reached else price.base
        found[_KINDS[name]] = number_text(value)
    return found


def number_text(value: Any) -> str:
    """A decimal without an exponent or zeros at its end."""
    text = f"{Decimal(str(value)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def service_tiers(model: Any, base: dict[str, Any]) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """Service tiers other than the default with their prices; those of one price together."""
    found: list[tuple[list[str], dict[str, Any]]] = []
    for variant in model.price_variants or ():
        value = variant.when.get("service_tier")
        own = priced(variant.prices)
        if not own or set(variant.when) != {"service_tier"} or value == "default":
            continue
        prices = base | own
        known = next((values for values, known in found if known == prices), None)
        if known is None:
            found.append(([value], prices))
        else:
            known.append(value)
    yield from ((sorted(values), prices) for values, prices in found)


# -- together --------------------------------------------------------------------------------------


def overridden(entry: dict[str, Any], public: dict[str, Row]) -> Row:
    """The row of an entry; what it does not say is the package's."""
    known = public.get(entry["name"].lower())
    tiers = entry.get("tiers") or (known.tiers if known else None)
    if tiers is None:
        raise SystemExit(f"{entry['name']}: the package does not price it, and no tiers are given")
    fragments = [escaped(name) for name in entry["names"]] + entry.get("forms", [])
    source = entry["source"] if entry.get("tiers") else ""
    return Row(entry["name"], entry["provider"], fragments, entry["keys"], tiers, source)


class Claims:
    """Which names are taken, so that each belongs to one row."""

    def __init__(self) -> None:
        self._literals: set[str] = set()
        self._patterns: list[Pattern] = []

    def add(self, row: Row) -> None:
        names = "|".join(row.fragments)
        pattern = Pattern(frame_of(row.provider).replace("NAMES", names))
        texts = pattern.alternatives()
        if texts is None:
            self._patterns.append(pattern)
        else:
            self._literals.update(texts)

    def free(self, provider: str, name: str) -> str | None:
        """The name, or where another sells the same the name as gateways write it."""
        forms = (name, f"{PROVIDERS[provider][0]}/{name}")
        return next((form for form in forms if not self.has(form)), None)

    def has(self, name: str) -> bool:
        lower = name.lower()
        return lower in self._literals or any(each.matches(lower) for each in self._patterns)


def table() -> list[dict[str, Any]]:
    """The head, and the models."""
    overrides = json.loads(OVERRIDES.read_text())
    public = list(public_rows())
    by_name = {name.lower(): row for row in reversed(public) for name in (row.name, *row.literals)}
    claims, rows = Claims(), []
    for entry in overrides["models"]:
        row = overridden(entry, by_name)
        rows.append(row)
        claims.add(row)
    for row in public:
        free = [
            name
            for name in (
                claims.free(row.provider, literal) for literal in dict.fromkeys(row.literals)
            )
            if name
        ]
        begun = zip(row.beginnings, row.fragments, strict=True)
        row.fragments = [escaped(name) for name in free] + [
            fragment for beginning, fragment in begun if not claims.has(beginning)
        ]
        if row.fragments:
            rows.append(row)
            claims.add(row)
    lines = [row.line() for row in named_once(rows)]
    head = {
        "dated": _today().isoformat(),
        "source": f"genai-prices {version('genai-prices')}",
        "patterns": {provider: frame_of(provider) for provider in PROVIDERS},
        "usage_keys": overrides["usage_keys"],
    }
    return [head, *lines]


def named_once(rows: list[Row]) -> list[Row]:
    """Two providers may sell a model under one name: the second is listed with its provider."""
    seen: set[str] = set()
    for row in rows:
        if row.name in seen:
            row.name = f"{row.provider}/{row.name}"
        seen.add(row.name)
    return rows


def main() -> int:
    """Writes the file; the date stays when nothing else has changed."""
    head, *models = table()
    lines = TABLE.read_text().splitlines() if TABLE.exists() else []
    before = [json.loads(line) for line in lines]
    if before and before == [head | {"dated": before[0]["dated"]}, *models]:
        print(f"prices: nothing changed since {before[0]['dated']}")
        return 0
    written = [json.dumps(line, separators=(",", ":")) for line in (head, *models)]
    TABLE.write_text("\n".join(written) + "\n")
    print(f"prices: {len(models)} models, {TABLE.stat().st_size // 1000} KB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
