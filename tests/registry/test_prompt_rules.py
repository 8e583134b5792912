"""References, variables and placeholders in the texts of prompts."""

from typing import Any

import pytest

from collector.registry.prompt_rules import (
    Reference,
    clashing_names,
    length_with_texts,
    references_in,
    variables_in,
    with_texts,
)

MARK = "@@@langfusePrompt:"


def tag(inner: str) -> str:
    return f"{MARK}{inner}@@@"


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("name=a|version=2", Reference("a", version=2)),
        ("name=folder/a b|label=x y", Reference("folder/a b", label="x y")),
        ("name=a=b|label=c=d", Reference("a=b", label="c=d")),
        ("name=a|label=5", Reference("a", label="5")),
    ],
)
def test_a_name_with_a_version_or_a_label_is_a_reference(inner: str, found: Reference) -> None:
    assert references_in(f"x {tag(inner)} y") == [found]


@pytest.mark.parametrize(
    "inner",
    [
        *("", "name=a", "label=a|name=b", "name=|label=x", "name=a|label=", "name=a|version="),
        *("name=a|version=x", "name=a|version=-1", "name=a|version=1.0", "name=a|version=\u0661"),
        *("name=a|label=x|version=1", "NAME=a|label=x", "name=a\n|label=x", "name=a|tag=x"),
        "name=a|version=" + "9" * 40,
    ],
)
def test_anything_else_stays_text(inner: str) -> None:
    text = f"x {tag(inner)} y"

    assert references_in(text) == []
    assert with_texts(text, {}) == text


def test_each_reference_counts_once_in_its_order() -> None:
    text = tag("name=b|label=l") + tag("name=a|version=1") + tag("name=b|label=l")

    assert references_in(text) == [Reference("b", label="l"), Reference("a", version=1)]


def test_texts_take_the_place_of_references_and_nothing_else_changes() -> None:
    text = f"1 {tag('name=a|version=1')} 2 {tag('name=a')} 3 {tag('name=b|label=l')}@@@"
    texts = {Reference("a", version=1): "A", Reference("b", label="l"): tag("name=a|version=1")}
    made = with_texts(text, texts)

    assert made == f"1 A 2 {tag('name=a')} 3 {tag('name=a|version=1')}@@@"
    assert length_with_texts(text, texts) == len(made)


def test_only_the_contents_of_messages_have_references() -> None:
    body: list[dict[str, Any]] = [
        {"role": tag("name=r|version=1"), "content": f"say {tag('name=a|version=1')}"},
        {"type": "placeholder", "name": "history"},
    ]

    assert references_in(body) == [Reference("a", version=1)]
    assert with_texts(body, {Reference("a", version=1): "hi"}) == [
        {"role": tag("name=r|version=1"), "content": "say hi"},
        {"type": "placeholder", "name": "history"},
    ]


def test_many_unfinished_marks_are_read_in_one_go() -> None:
    text = MARK * 40_000

    assert references_in(text + "\n@@@") == []
    assert "".join(with_texts(text, {})) == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{{a}} {{ b c }}{{a}}", ["a", "b c", "a"]),
        ("{{a", []),
        ("a}} {{{b}}} {{c{d}}", ["b"]),
        ("{}{{}}", [""]),
    ],
)
def test_variables_stand_between_double_braces(text: str, names: list[str]) -> None:
    assert list(variables_in(text)) == names


def test_a_name_is_a_variable_or_a_placeholder() -> None:
    messages = [
        {"role": "user", "content": "{{q}} {{history}}"},
        {"type": "placeholder", "name": "history"},
        {"type": "placeholder", "name": "other"},
    ]

    assert clashing_names(messages) == ["history"]
    assert clashing_names("{{q}}") == []
