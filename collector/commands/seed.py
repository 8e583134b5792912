"""Fill a project with realistic chats, tools, retrievals, errors, guardrail verdicts and scores.

The same --seed makes the same traces again, at times before now: no second copies, only newer ones.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from collector.commands.arguments import add_data, settings_of
from collector.commands.handover import AsyncProgress, carry_out
from collector.commands.opened import opened_services
from collector.commands.patience import patiently
from collector.commands.projects import chosen_project

if TYPE_CHECKING:
    from collector.records.change import Change, Origin
    from collector.services import Services

_PART_TRACES: Final = 50
_TRACES_MAX: Final = 10_000_000
_KINDS: Final = ("trace", "observation", "score")


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--traces", type=_count, default=200, metavar="N", help="default: 200")
    parser.add_argument("--project", metavar="ID", help="the project (default: the only one)")
    parser.add_argument("--days", type=_days, default=7.0, help="spread over (default: 7)")
    parser.add_argument("--seed", default="1", metavar="WORD", help="other traces (default: 1)")
    add_data(parser)


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= _TRACES_MAX:
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to {_TRACES_MAX}")
    return int(text)


def _days(text: str) -> float:
    try:
        days = float(text)
    except ValueError:
        days = 0.0
    if not 0 < days <= 3660:
        raise ArgumentTypeError(f"{text!r} is not a number of days, at most 3660")
    return days


def run(arguments: Namespace) -> int:
    sent = {name: getattr(arguments, name) for name in ("traces", "project", "days", "seed")}
    show, finish = _bar(arguments.traces) if sys.stderr.isatty() else _lines()
    try:
        result = carry_out(
            settings_of(arguments),
            "seed",
            sent,
            opened=opened_services,
            perform=perform,
            progress=show,
        )
    finally:
        finish()
    counts = ", ".join(f"{result[kind]} {kind}s" for kind in _KINDS)
    print(f"project {result['project']}: wrote {counts}")
    return 0


# -- the work, in the process that owns the data folder ------------------------------------------


async def perform(
    services: "Services", arguments: dict[str, Any], progress: AsyncProgress
) -> dict[str, Any]:
    """Returns once everything is readable."""
    from collector import __version__
    from collector.records.change import Origin
    from collector.seeding.chats import trace_changes

    project_id = await chosen_project(services.registry, arguments.get("project"))
    total, days = int(arguments["traces"]), float(arguments["days"])
    origin = Origin("understudy-seed", "understudy-seed", __version__)
    counts = dict.fromkeys(_KINDS, 0)
    now_ms = int(time.time() * 1000)

    def made(first: int) -> "list[Change]":
        numbers = range(first, min(first + _PART_TRACES, total))
        parts = (trace_changes(str(arguments["seed"]), number, now_ms, days) for number in numbers)
        return [change for part in parts for change in part]

    for first in range(0, total, _PART_TRACES):
        changes = await asyncio.to_thread(made, first)
        await _append(services, project_id, origin, changes)
        for change in changes:
            counts[change.kind] += 1
        await progress({"done": min(first + _PART_TRACES, total), "total": total})
    await patiently(lambda: services.store.visible(project_id))
    return {"project": project_id, **counts}


async def _append(
    services: "Services", project_id: str, origin: "Origin", changes: "Sequence[Change]"
) -> None:
    await patiently(lambda: services.store.append(project_id, origin, changes))


# -- progress ------------------------------------------------------------------------------------

Show = Callable[[dict[str, Any]], None]


def _bar(total: int) -> tuple[Show, Callable[[], None]]:
    from tqdm import tqdm

    bar = tqdm(total=total, unit=" traces", file=sys.stderr)

    def show(done: dict[str, Any]) -> None:
        bar.update(done["done"] - bar.n)

    return show, bar.close


def _lines() -> tuple[Show, Callable[[], None]]:
    """One line per tenth, for logs."""
    told = -1

    def show(done: dict[str, Any]) -> None:
        nonlocal told
        tenth = done["done"] * 10 // done["total"]
        if tenth > told:
            told = tenth
            print(f"seed: {done['done']} of {done['total']} traces", file=sys.stderr, flush=True)

    return show, lambda: None
