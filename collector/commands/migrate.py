"""Bring the registry to the newest revision. `serve` does it by itself; this does it beforehand."""

import json
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import add_data, add_json, settings_of
from collector.commands.handover import AsyncProgress, carry_out
from collector.commands.opened import opened_database

if TYPE_CHECKING:
    from collector.registry.database import Database


def configure(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit code 1 when there is work to do"
    )
    add_data(parser)
    add_json(parser)


def run(arguments: Namespace) -> int:
    result = carry_out(
        settings_of(arguments),
        "migrate",
        {"check": arguments.check},
        opened=opened_database,
        perform=perform,
    )
    print(json.dumps(result) if arguments.json else _shown(result))
    return 1 if arguments.check and result["before"] != result["newest"] else 0


async def perform(
    database: "Database", arguments: dict[str, Any], _progress: AsyncProgress
) -> dict[str, Any]:
    """The work, in the process that owns the registry."""
    from collector.registry.migrate import NEWEST, migrate, stored_revision

    before = await stored_revision(database)
    if not arguments["check"]:
        await migrate(database)
    after = before if arguments["check"] else NEWEST
    return {"before": before, "after": after, "newest": NEWEST}


def _shown(result: dict[str, Any]) -> str:
    found = result["before"] or "empty"
    if result["before"] == result["newest"]:
        return f"the registry is at revision {found}, the newest"
    if result["before"] == result["after"]:
        return f"the registry is {found}; the newest revision is {result['newest']}"
    return f"the registry was {found} and is at revision {result['after']} now"
