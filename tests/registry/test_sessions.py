"""Login sessions and passwords."""

import datetime as dt

import pytest
import time_machine
from sqlalchemy import select

from collector.errors import NotFound, Unauthorized
from collector.registry import users
from collector.registry.passwords import hash_password, is_password
from collector.registry.registry import Registry
from collector.registry.schema import login_sessions

PASSWORD = "correct horse"


@pytest.fixture
async def alice(registry: Registry) -> users.User:
    return await registry.create_user("alice@example.org", "Alice", PASSWORD)


async def test_a_login_begins_a_session_and_a_logout_ends_it(
    registry: Registry, alice: users.User
) -> None:
    login = await registry.login("ALICE@example.org", PASSWORD)
    inside = await registry.user_of_session(login.token)
    await registry.logout(login.token)

    assert inside == alice
    assert await registry.user_of_session(login.token) is None


@pytest.mark.parametrize(
    ("email", "password"),
    [("alice@example.org", "wrong"), ("nobody@example.org", PASSWORD), ("", "")],
)
async def test_a_wrong_login_does_not_say_what_was_wrong(
    registry: Registry, alice: users.User, email: str, password: str
) -> None:
    with pytest.raises(Unauthorized, match=r"^Invalid email or password$"):
        await registry.login(email, password)


async def test_a_session_expires(registry: Registry, alice: users.User) -> None:
    login = await registry.login(alice.email, PASSWORD)
    end = dt.datetime.fromtimestamp(login.expires_ms / 1000, dt.UTC)

    with time_machine.travel(end - dt.timedelta(seconds=1)):
        before = await registry.user_of_session(login.token)
    with time_machine.travel(end + dt.timedelta(seconds=1)):
        after = await registry.user_of_session(login.token)

    assert (before, after) == (alice, None)


async def test_the_token_itself_is_not_kept(registry: Registry, alice: users.User) -> None:
    login = await registry.login(alice.email, PASSWORD)
    rows = (await registry.run(lambda c: c.execute(select(login_sessions)))).all()

    assert len(rows) == 1
    assert login.token not in str(rows)


async def test_a_new_password_ends_every_session(registry: Registry, alice: users.User) -> None:
    login = await registry.login(alice.email, PASSWORD)
    await registry.set_password(alice.email, "another password")

    assert await registry.user_of_session(login.token) is None
    assert (await registry.login(alice.email, "another password")).user == alice
    with pytest.raises(Unauthorized):
        await registry.login(alice.email, PASSWORD)


async def test_the_password_of_a_stranger_cannot_be_set(registry: Registry) -> None:
    with pytest.raises(NotFound, match=r"nobody@example.org"):
        await registry.set_password("nobody@example.org", "long enough")


async def test_password_hashes_are_small_argon2id() -> None:
    hashed = await hash_password(PASSWORD)

    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await is_password(PASSWORD, hashed)


@pytest.mark.parametrize("hashed", [None, "", "$2a$12$a.bcrypt.hash.taken.over.from.langfuse"])
async def test_no_password_fits_a_hash_that_is_not_ours(hashed: str | None) -> None:
    assert not await is_password(PASSWORD, hashed)
