"""Roles and what each may do. An unknown role or right is a mistake of ours and raises."""

from typing import Final, Literal, get_args

Role = Literal["OWNER", "ADMIN", "MEMBER", "VIEWER", "NONE"]

ROLES: Final[tuple[Role, ...]] = get_args(Role)

_VIEWER: Final = frozenset(
    {
        "traces:read",
        "prompts:read",
        "datasets:read",
        "scores:read",
        "dashboards:read",
        "comments:read",
    }
)
_MEMBER: Final = _VIEWER | {
    "traces:publish",
    "traces:bookmark",
    "traces:tag",
    "scores:write",
    "score_configs:write",
    "datasets:write",
    "prompts:write",
    "comments:write",
    "dashboards:write",
    "views:write",
    "exports:create",
    "playground:use",
    "keys:read",
}
_ADMIN: Final = _MEMBER | {
    "keys:write",
    "members:write",
    "project:settings",
    "integrations:write",
    "models:write",
    "traces:delete",
    "queues:write",
    "llm_connections:write",
    "automations:write",
}
_OWNER: Final = _ADMIN | {"project:delete"}

RIGHTS: Final = _OWNER

_RIGHTS_OF: Final[dict[str, frozenset[str]]] = {
    "OWNER": _OWNER,
    "ADMIN": _ADMIN,
    "MEMBER": _MEMBER,
    "VIEWER": _VIEWER,
    "NONE": frozenset(),
}


def may(role: str, right: str) -> bool:
    """Whether a member with this role in the project holds the right."""
    if right not in RIGHTS:
        raise ValueError(f"unknown right {right!r}")
    return right in _RIGHTS_OF[role]
