"""Compute the cost of stored observations anew, after a price was added or changed.

Costs that a client sent stay as they are. A run that was ended goes on where it stopped when the
same command is given again. Times are ISO 8601, UTC if they name no zone; --until is exclusive.
"""

import asyncio
import hashlib
import json
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from collector.commands.arguments import add_data, add_json, settings_of
from collector.commands.handover import AsyncProgress, carry_out
from collector.commands.opened import opened_services
from collector.commands.patience import patiently
from collector.commands.projects import chosen_project
from collector.errors import Conflict

if TYPE_CHECKING:
    from collector.services import Services
    from collector.telemetry.comparing import Batch, Range
    from collector.telemetry.repricing import Repricing

# Between two batches at least so long, and as long as a batch took: half the time is for others.
_PAUSE_SECONDS: Final = 0.05
# Changes are brought onto the disk after so many batches, or so long.
_KEEP_BATCHES: Final = 5
_KEEP_SECONDS: Final = 2.0
_UNPRICED_MODELS_MAX: Final = 200
_MODEL_CHARACTERS_MAX: Final = 256
_OTHERS: Final = "(others)"


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--project", metavar="ID", help="the project (default: the only one)")
    parser.add_argument("--from", dest="from_ms", type=_time_ms, metavar="TIME", help="begun since")
    parser.add_argument("--until", dest="until_ms", type=_time_ms, metavar="TIME", help="before")
    parser.add_argument("--model", action="append", metavar="NAME", help="only these; repeatable")
    parser.add_argument("--dry-run", action="store_true", help="change nothing, say what would be")
    parser.add_argument("--restart", action="store_true", help="do not go on where a run stopped")
    add_data(parser)
    add_json(parser)


def _time_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no time such as 2026-11-25T14:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp() * 1000)


def run(arguments: Namespace) -> int:
    sent = {
        "project": arguments.project,
        "from_ms": arguments.from_ms,
        "until_ms": arguments.until_ms,
        "models": sorted(set(arguments.model or ())),
        "dry_run": arguments.dry_run,
        "restart": arguments.restart,
    }
    show, finish = _bar() if sys.stderr.isatty() else _lines()
    try:
        result = carry_out(
            settings_of(arguments),
            "reprice",
            sent,
            opened=opened_services,
            perform=perform,
            progress=show,
        )
    finally:
        finish()
    print(json.dumps(result) if arguments.json else _summary(result))
    return 0


def _summary(result: dict[str, Any]) -> str:
    verb = "would change" if result["dry_run"] else "changed"
    lines = [
        f"project {result['project']}: looked at {result['looked_at']} observations with a model, "
        f"{verb} {result['changed']}",
        f"cost: {result['cost_before']:.6f} USD before, {result['cost_after']:.6f} USD after",
    ]
    if result["unpriced"]:
        lines.append("usage without a price:")
        ordered = sorted(result["unpriced"].items(), key=lambda item: (-item[1], item[0]))
        lines += [f"  {amount:>8}  {model}" for model, amount in ordered]
    return "\n".join(lines)


# -- the work, in the process that owns the data folder ------------------------------------------


@dataclass
class _Done:
    """How far a run has come: what its checkpoint keeps, and the summary tells."""

    place: list[Any] | None = None
    looked_at: int = 0
    changed: int = 0
    cost_before: float = 0.0
    cost_after: float = 0.0
    unpriced: dict[str, int] = field(default_factory=dict)

    def and_batch(self, batch: "Batch") -> "_Done":
        """With one more batch."""
        unpriced = dict(self.unpriced)
        for model in batch.unpriced:
            name = model[:_MODEL_CHARACTERS_MAX]
            if name not in unpriced and len(unpriced) >= _UNPRICED_MODELS_MAX:
                _count_limit_hit()
                name = _OTHERS
            unpriced[name] = unpriced.get(name, 0) + 1
        return _Done(
            None if batch.place is None else list(batch.place),
            self.looked_at + batch.looked_at,
            self.changed + batch.changed,
            self.cost_before + batch.cost_before,
            self.cost_after + batch.cost_after,
            unpriced,
        )


def _count_limit_hit() -> None:
    from collector import metrics

    metrics.LIMIT_HITS.labels("unpriced_models_max").inc()


async def perform(
    services: "Services", arguments: dict[str, Any], progress: AsyncProgress
) -> dict[str, Any]:
    """Returns once every change is on the disk."""
    from collector.telemetry.comparing import Range

    project_id = await chosen_project(services.registry, arguments.get("project"))
    range_ = Range(
        project_id, arguments["from_ms"], arguments["until_ms"], tuple(arguments["models"])
    )
    with only_one(project_id):
        await patiently(lambda: services.store.visible(project_id))
        await patiently(services.registry.refresh_snapshots)
        repricing = services.store.repricing(range_)
        await repricing.begin()
        if arguments["dry_run"]:
            kept = None
        else:
            prices = await asyncio.to_thread(_prices_digest, services)
            kept = _Checkpoint(services, range_, prices)
            if arguments["restart"]:
                await kept.forget()
        done = await _walk(repricing, kept, progress)
    summary = {name: value for name, value in asdict(done).items() if name != "place"}
    return {"project": project_id, "dry_run": bool(arguments["dry_run"]), **summary}


async def _walk(
    repricing: "Repricing", checkpoint: "_Checkpoint | None", progress: AsyncProgress
) -> _Done:
    """Batch by batch; without a checkpoint it changes nothing."""
    kept = done = (await checkpoint.read() if checkpoint else None) or _Done()
    total = done.looked_at + await patiently(lambda: repricing.total(_place(kept)))
    await progress(_progress(done, total))
    kept_at, unkept = time.monotonic(), 0
    is_last = False
    while not is_last:
        began = time.monotonic()
        place = _place(done)
        batch = await patiently(lambda: repricing.batch(place, dry_run=checkpoint is None))  # noqa: B023 - awaited here
        done, is_last = done.and_batch(batch), batch.is_last
        now, unkept = time.monotonic(), unkept + 1
        late = unkept >= _KEEP_BATCHES or now - kept_at >= _KEEP_SECONDS
        if checkpoint is not None and (is_last or late or not repricing.has_unkept):
            if await repricing.keep():
                kept, kept_at, unkept = done, now, 0
                await checkpoint.write(kept)
            else:
                done, is_last = kept, False
        await progress(_progress(done, total))
        if not is_last:
            await asyncio.sleep(max(_PAUSE_SECONDS, time.monotonic() - began))
    if checkpoint is not None:
        await checkpoint.forget()
    return done


def _progress(done: _Done, total: int) -> dict[str, Any]:
    return {"looked_at": done.looked_at, "changed": done.changed, "total": total}


def _place(done: _Done) -> tuple[int, str] | None:
    return None if done.place is None else (done.place[0], done.place[1])


class _Checkpoint:
    """Of one project, range and choice of models; it counts only for the prices it began with."""

    def __init__(self, services: "Services", range_: "Range", prices: str) -> None:
        chosen = [range_.from_ms, range_.until_ms, *range_.models]
        digest = hashlib.sha256(json.dumps(chosen).encode()).hexdigest()
        self._name = f"reprice:{range_.project_id}:{digest[:32]}"
        self._registry = services.registry
        self._prices = prices

    async def read(self) -> _Done | None:
        from collector.registry import checkpoints

        body = await patiently(
            lambda: self._registry.run(lambda c: checkpoints.read(c, self._name))
        )
        if body is None or body.pop("prices", None) != self._prices:
            return None
        return _Done(**body)

    async def write(self, done: _Done) -> None:
        from collector.registry import checkpoints

        body = {**asdict(done), "prices": self._prices}
        await patiently(
            lambda: self._registry.run(lambda c: checkpoints.write(c, self._name, body))
        )

    async def forget(self) -> None:
        from collector.registry import checkpoints

        await patiently(lambda: self._registry.run(lambda c: checkpoints.forget(c, self._name)))


def _prices_digest(services: "Services") -> str:
    """Of all that a price depends on beside the observation."""
    digest = hashlib.sha256(str(services.settings.token_estimate).encode())
    for name in ("models", "shared_models"):
        for row in services.registry.snapshot(name):
            digest.update(json.dumps(row, sort_keys=True, default=str).encode())
    return digest.hexdigest()


_repriced: Final[set[str]] = set()


@contextmanager
def only_one(project_id: str) -> Iterator[None]:
    """Two at once would write each other's checkpoint."""
    if project_id in _repriced:
        raise Conflict(f"project {project_id} is being re-priced already; let that end first")
    _repriced.add(project_id)
    try:
        yield
    finally:
        _repriced.discard(project_id)


# -- progress ------------------------------------------------------------------------------------

Show = Callable[[dict[str, Any]], None]


def _bar() -> tuple[Show, Callable[[], None]]:
    from tqdm import tqdm

    bar = tqdm(unit=" observations", file=sys.stderr)

    def show(done: dict[str, Any]) -> None:
        if bar.total is None:
            # What an earlier run did is no part of the rate.
            bar.initial = bar.n = done["looked_at"]
        bar.total = max(done["total"], done["looked_at"])
        bar.set_postfix(changed=done["changed"], refresh=False)
        bar.update(done["looked_at"] - bar.n)

    return show, bar.close


def _lines() -> tuple[Show, Callable[[], None]]:
    """One line per tenth, for logs."""
    told = -1

    def show(done: dict[str, Any]) -> None:
        nonlocal told
        total = max(done["total"], done["looked_at"], 1)
        tenth = done["looked_at"] * 10 // total
        if tenth > told:
            told = tenth
            text = (
                f"reprice: {done['looked_at']} of {total} observations, {done['changed']} changed"
            )
            print(text, file=sys.stderr, flush=True)

    return show, lambda: None
