"""Query parameters are read by tables; what is wrong comes back as the issues clients know."""

from typing import Any

import pytest
from starlette.datastructures import QueryParams

from collector.api.parameters import (
    PAGE,
    Parameter,
    choice,
    comma_list,
    conditions_of,
    groups,
    moment,
    number,
    order,
    read_parameters,
    text,
    texts,
)
from collector.errors import ValidationFailed
from collector.telemetry.conditions import Condition

REPEATED = "Invalid input: expected string, received array"
ONE_OF = "Invalid option: expected one of"
TABLE = {
    **PAGE,
    "name": Parameter(text, "name"),
    "tags": Parameter(texts, "tags", "all of"),
    "ids": Parameter(comma_list, "id", "any of"),
    "from": Parameter(moment, "timestamp_ms", ">="),
    "level": Parameter(choice("LOW", "HIGH"), "level"),
    "value": Parameter(number),
    "orderBy": Parameter(order),
    "fields": Parameter(groups("core", "io"), default=frozenset({"core", "io"})),
}


def values_of(query: str) -> dict[str, Any]:
    return read_parameters(TABLE, QueryParams(query))


def issue_of(query: str) -> dict[str, Any]:
    with pytest.raises(ValidationFailed) as failure:
        values_of(query)
    [issue] = failure.value.issues
    return issue


def test_absent_and_empty_pages_are_the_defaults() -> None:
    assert (values_of("")["page"], values_of("page=&limit=")["limit"]) == (1, 50)


@pytest.mark.parametrize(
    ("query", "code", "path", "message"),
    [
        ("page=0", "too_small", ["page"], "Too small: expected number to be >0"),
        ("page=-1", "too_small", ["page"], "Too small: expected number to be >0"),
        ("limit=0", "too_small", ["limit"], "Too small: expected number to be >=1"),
        ("limit=101", "too_big", ["limit"], "Too big: expected number to be <=100"),
        ("page=a", "invalid_type", ["page"], "Invalid input: expected number, received NaN"),
        ("page=1&page=2", "invalid_type", ["page"], "Invalid input: expected number, received NaN"),
        ("page=1.5", "invalid_type", ["page"], "Invalid input: expected int, received number"),
        ("page=1_0", "invalid_type", ["page"], "Invalid input: expected number, received NaN"),
        ("value=x", "invalid_type", ["value"], "Invalid input: expected number, received NaN"),
        ("level=low", "invalid_value", ["level"], f'{ONE_OF} "LOW"|"HIGH"'),
        ("level=", "invalid_value", ["level"], f'{ONE_OF} "LOW"|"HIGH"'),
        ("name=a&name=b", "invalid_type", ["name"], REPEATED),
        ("orderBy=a", "invalid_value", ["orderBy", "order"], f'{ONE_OF} "ASC"|"DESC"'),
    ],
)  # fmt: skip
def test_a_wrong_value_is_an_issue(query: str, code: str, path: list[str], message: str) -> None:
    issue = issue_of(query)
    assert (issue["code"], issue["path"], issue["message"]) == (code, path, message)


@pytest.mark.parametrize(
    "sent",
    ["", "yesterday", "2026-11-20", "2026-11-20T10:00:00", "2026-11-20T10:00:00z",
     "2026-11-20 10:00:00Z", "2026-11-20T10:00:00%2B0100", "2026-11-20T10:00:00%2B01",
     "2026-02-30T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T10:00:60Z"],
)  # fmt: skip
def test_a_time_without_its_zone_or_outside_the_calendar_is_an_issue(sent: str) -> None:
    issue = issue_of(f"from={sent}")
    assert (issue["code"], issue["message"]) == ("invalid_format", "Invalid ISO datetime")


@pytest.mark.parametrize(
    ("sent", "time_ms"),
    [
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T00:00:01.23456Z", 1234),
        ("1970-01-01T01:00:00%2B01:00", 0),
        ("1969-12-31T23:00:00.5-01:00", 500),
    ],
)
def test_a_time_is_read_to_the_millisecond(sent: str, time_ms: int) -> None:
    assert values_of(f"from={sent}")["from"] == time_ms


def test_every_wrong_parameter_is_named_at_once() -> None:
    with pytest.raises(ValidationFailed) as failure:
        values_of("page=0&level=x&unknown=1")
    assert [issue["path"] for issue in failure.value.issues] == [["page"], ["level"]]


def test_lists_may_be_repeated_or_hold_commas() -> None:
    assert values_of("tags=a,b")["tags"] == ["a", "b"]
    assert values_of("tags=a,b&tags=c")["tags"] == ["a,b", "c"]


def test_unknown_groups_are_ignored_and_none_known_is_all() -> None:
    assert values_of("fields=io,bogus")["fields"] == {"io"}
    assert values_of("fields=bogus")["fields"] == {"core", "io"}


def test_an_order_is_read_in_any_case_and_the_empty_one_is_absent() -> None:
    assert values_of("orderBy=name.ASC")["orderBy"] == ("name", False)
    assert values_of("orderBy=name.desc")["orderBy"] == ("name", True)
    assert values_of("orderBy=")["orderBy"] is None


def test_what_was_sent_becomes_conditions_the_empty_text_included() -> None:
    values = values_of("name=&tags=a&ids=x,y&from=1970-01-01T00:00Z&value=1")
    assert conditions_of(TABLE, values) == [
        Condition("name", "=", ""),
        Condition("tags", "all of", ["a"]),
        Condition("id", "any of", ["x", "y"]),
        Condition("timestamp_ms", ">=", 0),
    ]
