"""People who log in to the pages: create one, or set a password (which ends their sessions)."""

import getpass
import json
import secrets
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import add_data, add_json, settings_of
from collector.commands.handover import AsyncProgress, carry_out
from collector.commands.opened import opened_registry
from collector.errors import InvalidRequest

if TYPE_CHECKING:
    from collector.registry.registry import Registry
    from collector.registry.roles import Role

_ROLES = ("OWNER", "ADMIN", "MEMBER", "VIEWER", "NONE")


def configure(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a user")
    passwd = actions.add_parser("passwd", help="set a user's password")
    create.add_argument("--name", help="the name shown (default: from the address)")
    create.add_argument("--role", choices=_ROLES, default="OWNER", help="default: OWNER")
    create.add_argument(
        "--organisation", "--organization", metavar="ID", help="default: the only one"
    )
    for action in (create, passwd):
        action.add_argument("email", metavar="EMAIL")
        action.add_argument(
            "--password-stdin",
            action="store_true",
            help="read the password from standard input; else it is asked for or made up",
        )
        add_data(action)
        add_json(action)


def run(arguments: Namespace) -> int:
    password, made = _password(arguments)
    names = ("action", "email", "name", "role", "organisation")
    sent = {name: getattr(arguments, name, None) for name in names}
    result = carry_out(
        settings_of(arguments),
        "users",
        {**sent, "password": password},
        opened=opened_registry,
        perform=perform,
    )
    if made:
        result["password"] = password
    print(json.dumps(result, indent=1) if arguments.json else _shown(arguments.action, result))
    return 0


async def perform(
    registry: "Registry", arguments: dict[str, Any], _progress: AsyncProgress
) -> dict[str, Any]:
    """The work, in the process that owns the registry."""
    email, password = str(arguments["email"]), str(arguments["password"])
    if arguments["action"] == "passwd":
        user = await registry.set_password(email, password)
        return {"id": user.id, "email": user.email}
    return await _create(registry, arguments, email, password)


async def _create(
    registry: "Registry", arguments: dict[str, Any], email: str, password: str
) -> dict[str, Any]:
    from collector.registry import memberships

    organisation_id = await _organisation(registry, arguments.get("organisation"))
    name = arguments.get("name") or email.partition("@")[0]
    role: Role = arguments.get("role") or "OWNER"
    user = await registry.create_user(email, name, password)
    await registry.run(lambda c: memberships.set_role(c, organisation_id, user.id, role))
    return {"id": user.id, "email": user.email, "organisationId": organisation_id, "role": role}


async def _organisation(registry: "Registry", organisation_id: str | None) -> str:
    from collector.registry import organisations

    found = [each.id for each in await registry.run(organisations.every)]
    if organisation_id is None and len(found) == 1:
        return found[0]
    if organisation_id not in found:
        known = ", ".join(found) or "none yet"
        raise InvalidRequest(f"name the organisation with --organisation (there are: {known})")
    return str(organisation_id)


def _password(arguments: Namespace) -> tuple[str, bool]:
    """The password, and whether it was made up here."""
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if not sys.stdin.isatty():
        return secrets.token_urlsafe(12), True
    password = getpass.getpass(f"Password for {arguments.email}: ")
    if getpass.getpass("Again: ") != password:
        raise InvalidRequest("the two passwords differ; try again")
    return password, False


def _shown(action: str, result: dict[str, Any]) -> str:
    done = "created" if action == "create" else "password set for"
    lines = [f"{done} {result['email']}"]
    if "password" in result:
        lines += [f"password {result['password']}", "The password is not shown again."]
    return "\n".join(lines)
