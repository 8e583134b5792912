"""Patterns are read and matched as PostgreSQL reads and matches them."""

import asyncio
from collections.abc import Callable, Iterator

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.records.patterns import PATTERN_CHARACTERS_MAX, Pattern, PatternError
from collector.records.patterns import PatternTooCostly as TooCostly
from tests.servers.postgres import Postgres

Ask = Callable[[str, list[str]], list[bool] | None]

TEXTS = ["", "a", "A", "ab", "aab", "abab", "b-1", "gpt-4o", "GPT-4o mini", "a_b", "1", "a\nb", "é"]


@pytest.fixture(scope="module")
def ask(postgres: Postgres) -> Iterator[Ask]:
    """What PostgreSQL answers for each text; None when it refuses the pattern."""
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(postgres.url))

    def answer(pattern: str, texts: list[str]) -> list[bool] | None:
        query = "select t.text ~ $1 as hit from unnest($2::text[]) with ordinality as t(text, n) "
        try:
            rows = loop.run_until_complete(connection.fetch(query + "order by n", pattern, texts))
        except asyncpg.exceptions.InvalidRegularExpressionError:
            return None
        return [row["hit"] for row in rows]

    yield answer
    loop.run_until_complete(connection.close())
    loop.close()


def ours(pattern: str, texts: list[str]) -> list[bool] | None:
    try:
        read = Pattern(pattern)
    except PatternError:
        return None
    return [read.matches(text) for text in texts]


ATOMS = st.sampled_from(
    [
        *("a", "b", "A", ".", "-", "1", "_", " ", "gpt", "4o", "\\.", "\\-", "{", "}", "]", ","),
        *("\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\y", "\\Y", "\\m", "\\M", "\\A", "\\Z"),
        *("[a-c]", "[^a]", "[[:alpha:]]", "[^[:digit:]_]", "[\\d-]", "[a\\w]", "[]a]", "[^]a]"),
        *("[-a]", "[a-]", "[[:upper:]]", "[[.a.]-c]", "[[=b=]]", "[a-c-e]", "[b-a]", "[[:no:]]"),
        *(
            "^",
            "$",
            "(?=a)",
            "(?!b)",
            "(?<=a)",
            "(?<!a)",
            "\\1",
            "\\2",
            "\\x61",
            "\\101",
            "\\u0061",
        ),
        *("(?#no)", "\\q", "\\", "[[:<:]]", "[[:>:]]", "[\\W]", "[a\\y]", "é", "É", "[à-ü]", "\\B"),
    ]
)
QUANTIFIERS = st.sampled_from(
    ["", "", "", "*", "+", "?", "{2}", "{0,1}", "{1,}", "*?", "{3,1}", "{256}", "{,2}", "**", "{1"]
)
PIECES = st.builds(str.__add__, ATOMS, QUANTIFIERS)
BRANCHES = st.lists(PIECES, max_size=4).map("".join)
EXPRESSIONS = st.recursive(
    BRANCHES,
    lambda inner: st.one_of(
        st.builds("({}){}".format, inner, QUANTIFIERS),
        st.builds("(?:{}){}".format, inner, QUANTIFIERS),
        st.builds("{}|{}".format, inner, inner),
        st.builds("{}{}".format, inner, inner),
    ),
    max_leaves=4,
)
OPTIONS = st.sampled_from(
    [
        "",
        "",
        "(?i)",
        "(?n)",
        "(?p)",
        "(?w)",
        "(?x)",
        "(?is)",
        "(?q)",
        "(?z)",
        "***:",
        "***=",
        "(?ic)",
    ]
)


@settings(
    max_examples=600,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pattern=st.builds(str.__add__, OPTIONS, EXPRESSIONS))
def test_patterns_mean_what_postgresql_takes_them_for(ask: Ask, pattern: str) -> None:
    assert ours(pattern, TEXTS) == ask(pattern, TEXTS)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("(?i)^(openai/)?(gpt-4o)$", ["gpt-4o", "openai/GPT-4o", "gpt-4o-mini"]),
        ("(?i)^(ft:)(davinci-002:)(.+)(:)(.*)(:)(.+)$$", ["ft:davinci-002:org::id", "davinci-002"]),
        (r"(?i)^(anthropic\/)?(claude-sonnet-4-6)$", ["anthropic/claude-sonnet-4-6"]),
        ("^(a+)+$", ["aaaa", "aaab"]),
        (r"^(..)\1$", ["abab", "abba"]),
        (r"^(?i)a", ["a"]),
        ("[[:alpha:]", ["a"]),
        ("(", ["("]),
        ("()", [""]),
        ("a||b", ["c"]),
        ("x{1,2}{3}", ["xxx"]),
        (r"\0", ["a"]),
        (r"[\1]", ["a"]),
        (r"[\12]", ["\n"]),
        (r"\18", ["\x018"]),
        ("(?i)^fact-tiered", ["FACT-tiered"]),
        ("(?i)[[:upper:]]", ["a", "1"]),
        (r"a\Z", ["ba", "ba\n"]),
        ("(?e)a", ["a"]),
        ("(?b)a", ["a"]),
    ],
)
def test_known_patterns_are_answered_alike(ask: Ask, pattern: str, texts: list[str]) -> None:
    unsupported = pattern.startswith(("(?e)", "(?b)"))
    assert ours(pattern, texts) == (None if unsupported else ask(pattern, texts))


@pytest.mark.parametrize(
    "pattern",
    ["^(a+)+$", "^(a|a)*$", "^(a|aa)+$", "^(.*)*x$", "^(.+)(.+)(.+)(.+)(.+)x$", "^(a*)*(a*)*b$"],
)
def test_no_pattern_takes_longer_than_its_steps(pattern: str) -> None:
    assert not Pattern(pattern).matches("a" * 255 + "!", steps_max=20_000)


def test_what_takes_too_many_steps_ends_with_an_error() -> None:
    with pytest.raises(TooCostly):
        Pattern(r"^(.*)(.*)(.*)\1\2\3x$").matches("a" * 255 + "!")


@pytest.mark.parametrize(
    "pattern",
    ["a" * (PATTERN_CHARACTERS_MAX + 1), "(" * 40 + ")" * 40, "((a{200}){200}){200}"],
)
def test_a_pattern_beyond_a_limit_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)


def test_the_texts_of_a_plain_pattern_are_known_beforehand() -> None:
    pattern = Pattern(r"(?i)^((openai|azure)/)?(GPT-4\.1|gpt-4\.1-mini)$")
    assert sorted(pattern.alternatives() or []) == [
        "azure/gpt-4.1",
        "azure/gpt-4.1-mini",
        "gpt-4.1",
        "gpt-4.1-mini",
        "openai/gpt-4.1",
        "openai/gpt-4.1-mini",
    ]


@pytest.mark.parametrize(
    "pattern",
    ["^a$", "(?i)^a", "(?i)a$", "(?i)^a.$", "(?i)^a*$", "(?i)^(a|b)(c|d){2}$", "(?in)^a$"],
)
def test_other_patterns_have_no_such_texts(pattern: str) -> None:
    assert Pattern(pattern).alternatives() is None


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"\binput\b", "the input", True),
        (r"\binput\b", "input_x", False),
        ("(input|cache_write)", "CACHE_WRITE", True),
        ("[]", "a", False),
        ("[^]", "a", True),
        ("(?i)a", "a", None),
    ],
)
def test_javascript_patterns_differ_where_the_language_does(
    pattern: str, text: str, found: bool | None
) -> None:
    try:
        assert Pattern(pattern, javascript=True, ignores_case=True).matches(text) == found
    except PatternError:
        assert found is None
