"""User, session, tags, environment, version and release."""

from typing import Any

import pytest

from tests.ingest.exports import observed, traced

OPEN_WEBUI = {
    "langfuse.observation.metadata.interface": "open-webui",
    "langfuse.observation.metadata.user_id": "alice",
    "langfuse.observation.metadata.session_id": "chat-1",
}


@pytest.mark.parametrize(
    ("attributes", "user", "session"),
    [
        ({}, None, None),
        ({"user.id": "u", "langfuse.user.id": "first"}, "first", None),
        ({"user.id": "", "langfuse.trace.metadata.langfuse_user_id": "u"}, "u", None),
        ({"user.id": 7}, "7", None),
        ({"gen_ai.conversation.id": "c", "session.id": "s"}, None, "s"),
        ({"langfuse.observation.metadata.langfuse_session_id": "s"}, None, "s"),
        ({"ai.telemetry.metadata.userId": "u", "ai.telemetry.metadata.sessionId": "s"}, "u", "s"),
        ({"enduser.id": "not read"}, None, None),
        (OPEN_WEBUI, "alice", "chat-1"),
        (OPEN_WEBUI | {"user.id": "bob"}, "bob", "chat-1"),
        (OPEN_WEBUI | {"langfuse.observation.metadata.interface": "other"}, None, None),
    ],
)
def test_the_first_name_that_says_something_counts(
    attributes: dict[str, Any], user: str | None, session: str | None
) -> None:
    for fields in (observed(attributes), traced(attributes)):
        assert (fields.get("user_id"), fields.get("session_id")) == (user, session)


def test_a_child_of_open_webui_speaks_for_its_trace() -> None:
    fields = traced(OPEN_WEBUI, parent_id="never-arrives")
    assert (fields["user_id"], fields["session_id"]) == ("alice", "chat-1")


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        (["a", 1, ""], ["a", "1"]),
        ('["a", "b"]', ["a", "b"]),
        ("a, b ,", ["a", "b"]),
        ("[broken", ["[broken"]),
        ("one", ["one"]),
        (5, ["5"]),
        ([], None),
        ("", None),
    ],
)
def test_tags_are_a_list_in_any_writing(value: Any, tags: list[str] | None) -> None:
    assert observed({"langfuse.trace.tags": value}).get("tags") == tags


@pytest.mark.parametrize(
    ("attributes", "public"),
    [
        ({}, None),
        ({"langfuse.trace.public": "true"}, True),
        ({"langfuse.public": True}, True),
        ({"langfuse.trace.public": "yes", "langfuse.public": True}, False),
    ],
)
def test_public_is_true_false_or_unsaid(attributes: dict[str, Any], public: bool | None) -> None:
    assert observed(attributes).get("public") is public
    assert traced(attributes).get("public") is public


@pytest.mark.parametrize(
    ("attributes", "resource", "environment"),
    [
        ({}, {}, "default"),
        ({"langfuse.environment": "Prod"}, {"langfuse.environment": "x"}, "prod"),
        ({"deployment.environment": "a"}, {"langfuse.environment": "b"}, "b"),
        ({"deployment.environment.name": ""}, {"deployment.environment": "c"}, "c"),
        ({"langfuse.environment": 5}, {}, "default"),
    ],
)
def test_the_environment_has_three_names_in_two_places(
    attributes: dict[str, Any], resource: dict[str, Any], environment: str
) -> None:
    assert observed(attributes, resource=resource)["environment"] == environment


def test_version_and_release_fall_back_to_the_resource() -> None:
    resource = {"service.version": "2", "langfuse.release": "r"}
    fields = observed(resource=resource)
    assert (fields["version"], fields["release"]) == ("2", "r")
    own = observed({"langfuse.version": "3", "langfuse.release": "s"}, resource=resource)
    assert (own["version"], own["release"]) == ("3", "s")
