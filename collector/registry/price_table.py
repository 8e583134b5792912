"""The packaged table of models and prices, as rows of the registry.

The file says prices in USD per million units and by kind (`input`, `cached`); here they become
prices per unit by usage key, under each name that the SDKs of that provider use.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache, cached_property
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from collector.errors import InvalidRequest
from collector.records.patterns import Pattern

PACKAGED: Final = Path(__file__).parent / "prices" / "models.jsonl"
TABLE_BYTES_MAX: Final = 4 * 1024 * 1024

UNIT: Final = "TOKENS"
_BROKEN: Final = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
_PLAIN_FRAME: Final = re.compile(r"\(\?i\)\^\(\(([a-z0-9_|-]+)\)/\)\?\(NAMES\)\$")
_SPECIAL: Final = re.compile(r"(?<!\\)[.*+?()\[\]{}^$]|\\[A-Za-z0-9]")
_MILLION: Final = Decimal(1_000_000)
_PROMPT_KEYS: Final = {"gemini": "(input|prompt|cached)"}


class PriceTable:
    """One file of JSON lines, a head and the models; `version` names its content.

    A model is read when its turn comes: all at once they would leave megabytes behind.
    """

    def __init__(self, data: bytes, *, is_packaged: bool) -> None:
        self.version = hashlib.sha256(data).hexdigest()[:16]
        self.is_packaged = is_packaged
        self._data = data

    @cached_property
    def head(self) -> Mapping[str, Any]:
        """When and from what it was made, patterns by provider, usage keys by dialect."""
        head: Mapping[str, Any] = json.loads(self._data.partition(b"\n")[0])
        return head

    @property
    def dated(self) -> str:
        """The day on which it was made."""
        return str(self.head["dated"])

    def rows(self) -> Iterator[dict[str, Any]]:
        """Each model, with its tiers as JSON text."""
        lines = BytesIO(self._data)
        next(lines, None)
        for line in lines:
            yield _row(self.head, json.loads(line), self.dated)

    def snapshot(self) -> list[dict[str, Any]]:
        """The models as a flush asks for them, with the texts that plain patterns match."""
        lines = BytesIO(self._data)
        next(lines, None)
        return [_flush_row(self.head, json.loads(line)) for line in lines]


def packaged() -> PriceTable:
    """The one that came with this version."""
    return PriceTable(PACKAGED.read_bytes(), is_packaged=True)


@cache
def packaged_version() -> str:
    """What its content is named."""
    return packaged().version


def read(path: Path) -> PriceTable:
    """A file of the same form. Raises InvalidRequest when it is none."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{path.name} cannot be read ({error.strerror})") from error
    if len(data) > TABLE_BYTES_MAX:
        raise InvalidRequest(f"{path.name} is larger than {TABLE_BYTES_MAX} bytes")
    table = PriceTable(data, is_packaged=False)
    try:
        models = [Pattern(row["match_pattern"]) for row in table.rows()]
        if not table.dated or not models:
            raise ValueError("there is no model in it")
    except _BROKEN as error:
        message = f"{path.name} is no table of prices ({error!r}); `make prices` makes one"
        raise InvalidRequest(message) from error
    return table


def model_id(provider: str, name: str) -> str:
    """The same in every version of the table, as observations keep it."""
    return "managed-" + hashlib.sha256(f"{provider}/{name}".encode()).hexdigest()[:20]


def _flush_row(head: Mapping[str, Any], model: Mapping[str, Any]) -> dict[str, Any]:
    row = _row(head, model, "")
    return {
        "id": row["id"],
        "project_id": None,
        "name": row["model_name"],
        "pattern": row["match_pattern"],
        "texts": _texts(head["patterns"][model["provider"]], model["names"]),
        "start_ms": None,
        "unit": UNIT,
        "tiers": row["tiers"],
    }


def _texts(frame: str, names: str) -> list[str] | None:
    """What the pattern matches if it has only names and prefixes, else None.

    Reading more than a thousand patterns to learn that would take a third of a second.
    """
    found = _PLAIN_FRAME.fullmatch(frame)
    if found is None or _SPECIAL.search(names):
        return None
    plain = names.replace("\\", "").lower().split("|")
    prefixes = found[1].split("|")
    return [*plain, *(f"{prefix}/{name}" for prefix in prefixes for name in plain)]


def _row(head: Mapping[str, Any], model: Mapping[str, Any], dated: str) -> dict[str, Any]:
    own_id = model_id(model["provider"], model["name"])
    usage_keys = head["usage_keys"][model["keys"]]
    tiers = [
        {
            "id": f"{own_id}_tier_{number or 'default'}",
            "name": tier["name"],
            "isDefault": number == 0,
            "priority": number,
            "conditions": list(_conditions(tier, model["keys"])),
            "prices": _prices(tier["prices"], usage_keys),
        }
        for number, tier in enumerate(_by_precision(model["tiers"]))
    ]
    return {
        "id": own_id,
        "model_name": model["name"],
        "match_pattern": head["patterns"][model["provider"]].replace("NAMES", model["names"]),
        "tiers": json.dumps(tiers, separators=(",", ":")),
        "source": model.get("source") or head["source"],
        "priced_on": dated,
    }


def _by_precision(tiers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The default first; of the others those with more conditions, then the larger prompts."""
    default, *others = tiers
    others.sort(
        key=lambda tier: ("when" not in tier or "above" not in tier, -tier.get("above", 2**62))
    )
    return [default, *others]


def _conditions(tier: Mapping[str, Any], keys: str) -> Iterator[dict[str, Any]]:
    for key, values in tier.get("when", {}).items():
        yield {"source": "model_parameters", "key": key, "operator": "in", "values": values}
    if "above" in tier:
        writes = "cache_write" in tier["prices"]
        pattern = _PROMPT_KEYS.get(keys, "(input|cache_write)" if writes else "(input)")
        yield {
            "usageDetailPattern": pattern,
            "operator": "gt",
            "value": tier["above"],
            "caseSensitive": False,
        }


def _prices(by_kind: Mapping[str, str], usage_keys: Mapping[str, list[str]]) -> dict[str, str]:
    return {
        key: price_text(Decimal(by_kind[kind]) / _MILLION)
        for kind in usage_keys
        if kind in by_kind
        for key in usage_keys[kind]
    }


def price_text(price: Decimal) -> str:
    """Digits without an exponent, and without zeros that say nothing."""
    text = f"{price:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
