"""API keys of projects and organisations. A secret is shown when it is made, and never again."""

import json
from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from collector.commands.arguments import add_data, add_json, settings_of
from collector.commands.handover import AsyncProgress, carry_out
from collector.commands.opened import opened_registry
from collector.errors import InvalidRequest, NotFound

if TYPE_CHECKING:
    from collector.registry.keys import Key, KeyPair, Scope
    from collector.registry.registry import Registry


def configure(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    create = actions.add_parser("create", help="make a key pair and print it")
    listing = actions.add_parser("list", help="list keys, without secrets")
    revoke = actions.add_parser("revoke", help="make a key useless at once")
    for action in (create, listing):
        owner = action.add_mutually_exclusive_group()
        owner.add_argument("--project", metavar="ID", help="the project (default: the only one)")
        owner.add_argument("--organisation", "--organization", metavar="ID")
    create.add_argument("--note", help="what the key is for")
    create.add_argument("--public-key", metavar="pk-lf-…", help="a given pair, both or none")
    create.add_argument("--secret-key", metavar="sk-lf-…")
    revoke.add_argument("key", metavar="KEY", help="its public key or id")
    for action in (create, listing, revoke):
        add_data(action)
        add_json(action)


def run(arguments: Namespace) -> int:
    names = ("action", "project", "organisation", "note", "public_key", "secret_key", "key")
    sent = {name: getattr(arguments, name, None) for name in names}
    result = carry_out(
        settings_of(arguments), "keys", sent, opened=opened_registry, perform=perform
    )
    print(json.dumps(result, indent=1) if arguments.json else _shown(result))
    return 0


async def perform(
    registry: "Registry", arguments: dict[str, Any], _progress: AsyncProgress
) -> dict[str, Any]:
    """The work, in the process that owns the registry."""
    if arguments["action"] == "create":
        return await _create(registry, arguments)
    if arguments["action"] == "list":
        scope = _named_scope(arguments)
        return {"keys": [_public(key) for key in await registry.keys(scope)]}
    revoked = await registry.revoke_key(str(arguments["key"]))
    return {"revoked": _public(revoked)}


async def _create(registry: "Registry", arguments: dict[str, Any]) -> dict[str, Any]:
    pair = _pair(arguments)
    scope = _named_scope(arguments) or await _only_project(registry)
    await _check_owner(registry, scope)
    key = await registry.create_key(scope, pair, arguments.get("note"))
    return {"created": {**_public(key), "secretKey": pair.secret_key}}


def _pair(arguments: dict[str, Any]) -> "KeyPair":
    from collector.registry.keys import KeyPair, new_pair

    public_key, secret_key = arguments.get("public_key"), arguments.get("secret_key")
    if bool(public_key) != bool(secret_key):
        raise InvalidRequest("--public-key and --secret-key are given together or not at all")
    return KeyPair(public_key, secret_key) if public_key and secret_key else new_pair()


def _named_scope(arguments: dict[str, Any]) -> "Scope | None":
    from collector.registry.keys import Scope

    scope = Scope(arguments.get("project"), arguments.get("organisation"))
    return None if scope == Scope() else scope


async def _only_project(registry: "Registry") -> "Scope":
    from collector.registry import projects
    from collector.registry.keys import Scope

    found = await registry.run(projects.every)
    if len(found) != 1:
        known = ", ".join(project.id for project in found) or "none yet"
        raise InvalidRequest(f"name the project with --project (there are: {known})")
    return Scope(found[0].id)


async def _check_owner(registry: "Registry", scope: "Scope") -> None:
    from collector.registry import organisations, projects

    project_id, organisation_id = scope.project_id, scope.organisation_id
    if project_id and not await registry.run(lambda c: projects.find(c, project_id)):
        raise NotFound(f"there is no project {project_id}")
    if organisation_id and not await registry.run(lambda c: organisations.find(c, organisation_id)):
        raise NotFound(f"there is no organisation {organisation_id}")


def _public(key: "Key") -> dict[str, Any]:
    return {
        "id": key.id,
        "publicKey": key.public_key,
        "displaySecretKey": key.display_secret_key,
        "projectId": key.project_id,
        "organisationId": key.organisation_id,
        "note": key.note,
        "createdAt": datetime.fromtimestamp(key.created_ms / 1000, UTC).isoformat(),
    }


def _shown(result: dict[str, Any]) -> str:
    if "created" in result:
        made = result["created"]
        lines = (
            f"LANGFUSE_PUBLIC_KEY={made['publicKey']}",
            f"LANGFUSE_SECRET_KEY={made['secretKey']}",
            "The secret is not shown again.",
        )
        return "\n".join(lines)
    if "revoked" in result:
        return f"revoked {result['revoked']['publicKey']}"
    return "\n".join(map(_line, result["keys"])) or "no keys"


def _line(key: dict[str, Any]) -> str:
    kind = "project" if key["projectId"] else "organisation"
    owner = key["projectId"] or key["organisationId"]
    words = (key["publicKey"], key["displaySecretKey"], kind, owner, key["createdAt"][:19])
    return "  ".join((*words, key["note"] or "")).rstrip()
