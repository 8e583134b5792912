"""Addresses of pages."""

import pytest

from web.addresses import path_below, safe_next


def test_each_id_is_one_encoded_segment() -> None:
    assert path_below("/x", "project", "a/b ?", "traces") == "/x/project/a%2Fb%20%3F/traces"


def test_empty_parameters_are_left_out() -> None:
    assert path_below("", "traces", o=None, name="", tag="a&b") == "/traces?tag=a%26b"


@pytest.mark.parametrize(
    "path",
    [
        *("//evil.example", "/\\evil.example", "https://evil.example", "evil", "", None),
        *("/\t/evil.example", "/a\nb", "\\\\evil", "javascript:alert(1)", "/a\\b"),
    ],
)
def test_login_never_leads_to_another_site(path: str | None) -> None:
    assert safe_next(path) == "/"


def test_login_leads_back_to_a_page_of_ours() -> None:
    assert safe_next("/project/p/traces?name=a") == "/project/p/traces?name=a"
