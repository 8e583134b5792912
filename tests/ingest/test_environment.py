import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.ingest.environment import normalised


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Prod", "prod"),
        ("langfuse-x", "x"),
        ("langfuselangfuse_x", "x"),
        ("LangFuse_langfuse-y", "y"),
        ("LANGFUSE--z", "-z"),
        ("my-langfuse", "my-langfuse"),
        ("langfuse", "default"),
        ("", "default"),
        ("a b", "default"),
        ("ä", "default"),
        ("prod\n", "default"),
        (123, "default"),
        (None, "default"),
        (["prod"], "default"),
        ("x" * 50, "x" * 40),
        ("x" * 40 + "!", "x" * 40),
    ],
)
def test_any_value_becomes_an_environment(value: Any, expected: str) -> None:
    assert normalised(value) == expected


@given(st.text())
def test_an_environment_is_short_and_plain_whatever_was_sent(value: str) -> None:
    assert re.fullmatch(r"[a-z0-9_-]{1,40}", normalised(value))
