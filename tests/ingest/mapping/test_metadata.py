"""What of a span becomes metadata."""

from typing import Any

import pytest

from collector.ingest.mapping.langfuse import quotes_metadata, scope_quotes_metadata
from tests.ingest.exports import mapped, observed, span, traced


def test_attributes_are_texts_beside_resource_and_scope() -> None:
    fields = observed({"a": 1, "b": [True], "c": "text"}, resource={"r": 1}, scope_version="2")
    assert fields["metadata"] == {
        "attributes": {"a": "1", "b": "[true]", "c": "text"},
        "resourceAttributes": {"r": 1},
        "scope": {"attributes": {}},
    }


def test_carriers_of_payloads_are_not_kept_twice() -> None:
    carriers = {
        "langfuse.trace.input": "1",
        "gen_ai.prompt.0.role": "2",
        "llm.output_messages": "3",
        "events": "4",
        "ai.telemetry.metadata.k": "5",
        "langfuse.observation.metadata.k": "6",
        "gen_ai.system_instructions": "7",
    }
    attributes = observed(carriers | {"gen_ai.usage.cost": 1})["metadata"]["attributes"]
    assert attributes == {"gen_ai.usage.cost": "1"}


@pytest.mark.parametrize("scope", ["langfuse-sdk", "langfuse-sdk.openai"])
def test_langfuse_sdks_attributes_are_no_metadata(scope: str) -> None:
    assert "attributes" not in observed({"a": "b"}, scope=scope)["metadata"]


def test_a_key_of_the_user_wins_over_ours() -> None:
    assert observed({"langfuse.metadata.scope": "mine"})["metadata"]["scope"] == "mine"


@pytest.mark.parametrize(
    ("base", "keys"),
    [
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        ({"a": 1}, {"a": 1}),
        ("[5, 6]", {"0": 5, "1": 6}),
        ("plain", {}),
        (5, {}),
    ],
)
def test_a_base_object_may_be_json(base: Any, keys: dict[str, Any]) -> None:
    metadata = observed({"langfuse.observation.metadata": base}, scope="langfuse-sdk")["metadata"]
    del metadata["resourceAttributes"], metadata["scope"]
    assert metadata == keys


def test_domains_are_kept_apart_and_the_later_attribute_counts() -> None:
    values = {
        "langfuse.observation.metadata.k": "observation",
        "langfuse.trace.metadata.k": "trace",
        "langfuse.metadata.shared.x": "both",
        "langfuse.observation.metadata.shared.x": "later",
    }
    fields = observed(values, scope="langfuse-sdk")
    assert fields["metadata"]["k"] == "observation"
    assert fields["metadata"]["shared.x"] == "later"
    assert fields["trace_metadata"] == {"k": "trace", "shared.x": "both"}


def test_vercel_metadata_that_say_more_are_no_metadata() -> None:
    values = {f"ai.telemetry.metadata.{key}": "v" for key in ("userId", "tags", "own")}
    fields = observed(values, scope="ai")
    assert fields["trace_metadata"] == {"own": "v"}


def test_a_trace_takes_both_domains_from_its_root_and_one_from_others() -> None:
    values = {"langfuse.observation.metadata.o": 1, "langfuse.trace.metadata.t": 2, "a": "b"}
    assert sorted(traced(values)["metadata"]) == [
        "attributes",
        "o",
        "resourceAttributes",
        "scope",
        "t",
    ]
    child = traced(values, parent_id="p")["metadata"]
    assert sorted(child) == ["resourceAttributes", "scope", "t"]


@pytest.mark.parametrize(
    ("name", "version", "quotes"),
    [
        ("python", "5.0.4", True),
        ("python", "12.1.0", True),
        ("python", "4.18.0", False),
        ("javascript", "5.11.1", False),
        ("unknown", "unknown", False),
    ],
)
def test_python_sdks_from_5_on_quote_metadata(name: str, version: str, quotes: bool) -> None:
    assert quotes_metadata(name, version) is quotes


def test_a_scope_tells_the_sdk_where_headers_do_not() -> None:
    python = {"telemetry.sdk.language": "python"}
    assert scope_quotes_metadata("langfuse-sdk", "5.1.0", python)
    assert not scope_quotes_metadata("langfuse-sdk", "5.1.0", {})
    assert not scope_quotes_metadata("other", "5.1.0", python)


def test_quoted_metadata_are_read_as_what_they_were() -> None:
    values = {
        "langfuse.observation.metadata.scanner": '"PromptInjection"',
        "langfuse.observation.metadata.digits": '"123"',
        "langfuse.observation.metadata.score": "0.97",
        "langfuse.observation.metadata.broken": "{not json",
        "langfuse.observation.metadata.langfuse_user_id": '"alice"',
        "langfuse.trace.metadata.langfuse_tags": '["a"]',
        "other": '"stays"',
    }
    fields = mapped(span(values), quoted=True)[0].fields
    assert fields["metadata"]["attributes"] == {"other": '"stays"'}
    said = {key: fields["metadata"][key] for key in ("scanner", "digits", "score", "broken")}
    assert said == {
        "scanner": "PromptInjection",
        "digits": "123",
        "score": 0.97,
        "broken": "{not json",
    }
    assert (fields["user_id"], fields["tags"]) == ("alice", ["a"])
