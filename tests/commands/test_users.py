"""`understudy users`, handed over and alone."""

import json

from tests.commands.conftest import Shell
from tests.servers.service import USER_EMAIL


def test_a_user_is_made_with_a_password_that_is_told_once(shell: Shell) -> None:
    made = shell("users", "create", "Bob@example.org", "--role", "VIEWER")
    again = shell("users", "create", "bob@example.org", "--password-stdin", stdin="long enough\n")

    assert made.code == 0
    assert made.out.startswith("created bob@example.org\npassword ")
    assert (again.code, again.err) == (
        1,
        "understudy users: there is a user bob@example.org already\n",
    )


def test_a_password_is_set_from_standard_input(shell: Shell) -> None:
    done = shell("users", "passwd", USER_EMAIL, "--password-stdin", stdin="long enough\n")
    short = shell("users", "passwd", USER_EMAIL, "--password-stdin", stdin="short\n")
    nobody = shell("users", "passwd", "nobody@example.org")

    assert (done.code, done.out) == (0, f"password set for {USER_EMAIL}\n")
    assert (short.code, "shorter than 8" in short.err) == (1, True)
    assert (nobody.code, "no user nobody@example.org" in nobody.err) == (1, True)


def test_an_organisation_that_does_not_exist_has_no_users(shell: Shell) -> None:
    done = shell("users", "create", "bob@example.org", "--organisation", "nowhere")

    assert done.code == 1
    assert "there are: organisation-under-test" in done.err


def test_the_answer_can_be_read_by_programs(bare: Shell) -> None:
    made = json.loads(bare("users", "create", "bob@example.org", "--json").out)

    assert (made["email"], made["role"]) == ("bob@example.org", "OWNER")
    assert len(made["password"]) >= 8
