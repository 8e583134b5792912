"""What a flush asks of the registry, answered from its snapshots: from memory, in any thread."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar, cast

from collector import metrics
from collector.guardrails.recognise import recognise
from collector.records.pricing import Catalogue, ModelPrice
from collector.records.scores import UNKNOWN_YET
from collector.registry import price_table
from collector.registry.registry import Registry
from collector.settings import Settings
from collector.telemetry.rows import Knowledge

T = TypeVar("T")


class Indexed(Generic[T]):
    """What `build` makes of one snapshot, made anew once that has changed."""

    def __init__(
        self, registry: Registry, name: str, build: Callable[[list[dict[str, Any]]], T]
    ) -> None:
        self._registry = registry
        self._name = name
        self._build = build
        self._made: tuple[int, T] | None = None

    def current(self) -> T:
        """The version is read before the rows: newer rows under it are only built once more."""
        version = self._registry.snapshot_version(self._name)
        made = self._made
        if made is None or made[0] != version:
            made = (version, self._build(self._registry.snapshot(self._name)))
            self._made = made
        return made[1]


def knowledge_of(registry: Registry, settings: Settings) -> Knowledge:
    """The rules of guardrails, and what the registry's snapshots say."""
    score_configs = Indexed(registry, "score_configs", _by_project_and_id)

    def score_config(project_id: str, config_id: str) -> Mapping[str, Any] | None:
        if not registry.snapshot_version("score_configs"):
            # PostgreSQL was away since before there were copies: no reason to lose a score.
            return UNKNOWN_YET
        return score_configs.current().get((project_id, config_id))

    prompts = Indexed(registry, "prompts", _versions_by_project_and_name)

    def prompt_id(project_id: str, name: str, version: int) -> str | None:
        known = prompts.current().get((project_id, name), "")
        _, found, rest = f" {known}".partition(f" {version}:")
        return rest.partition(" ")[0] if found else None

    own = Indexed(registry, "models", lambda rows: _catalogue(rows, settings))
    shared = Indexed(registry, "shared_models", lambda rows: _shared_catalogue(rows, settings))
    # Flushes ask in the writer's thread, re-pricing in that of a query.
    one_asks = Lock()

    def price(
        project_id: str, model: str, usage: Mapping[str, int], attributes: Mapping[str, Any]
    ) -> ModelPrice | None:
        with one_asks:
            found = own.current().find(project_id, model) or shared.current().find("", model)
            return None if found is None else found.price(usage, attributes)

    return Knowledge(
        verdict=cast(Any, recognise),
        score_config=score_config,
        price=price,
        prompt_id=prompt_id,
        count_unpriced=metrics.UNPRICED.inc,
        estimates_tokens=settings.token_estimate,
    )


def _catalogue(rows: list[dict[str, Any]], settings: Settings) -> Catalogue:
    return Catalogue(
        rows,
        names_max=settings.priced_names_max,
        on_limit=lambda name: metrics.LIMIT_HITS.labels(name).inc(),
    )


def _shared_catalogue(rows: list[dict[str, Any]], settings: Settings) -> Catalogue:
    """The packaged table is not copied; it also prices before the registry was ever reached."""
    is_packaged = not rows or "packaged" in rows[0]
    return _catalogue(price_table.packaged().snapshot() if is_packaged else rows, settings)


def _by_project_and_id(rows: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["project_id"], row["id"]): row for row in rows}


def _versions_by_project_and_name(rows: list[dict[str, Any]]) -> dict[tuple[str, str], str]:
    return {(row["project_id"], row["name"]): row["versions"] for row in rows}
