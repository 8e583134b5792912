"""What each role may do: every line of the table."""

import pytest

from collector.registry.roles import RIGHTS, ROLES, may

READS = {
    "traces:read",
    "prompts:read",
    "datasets:read",
    "scores:read",
    "dashboards:read",
    "comments:read",
}
WORK = {
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
ADMINISTRATION = {
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
ALLOWED = {
    "VIEWER": READS,
    "MEMBER": READS | WORK,
    "ADMIN": READS | WORK | ADMINISTRATION,
    "OWNER": READS | WORK | ADMINISTRATION | {"project:delete"},
    "NONE": set[str](),
}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_table_says_and_nothing_else(role: str) -> None:
    assert {right for right in RIGHTS if may(role, right)} == ALLOWED[role]


def test_an_unknown_right_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="trace:read"):
        may("OWNER", "trace:read")


def test_an_unknown_role_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        may("owner", "traces:read")
