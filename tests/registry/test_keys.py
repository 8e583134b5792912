"""Keys: made, listed, used, revoked."""

import pytest
from sqlalchemy import insert, select

from collector.errors import Conflict, InvalidRequest, NotFound, Unauthorized
from collector.registry import keys, projects
from collector.registry.access import Access, fast_hash
from collector.registry.keys import KeyPair, Scope, new_pair
from collector.registry.registry import Registry
from collector.registry.schema import api_keys
from tests.registry.headers import basic, encoded

HINT = ". Confirm that you've configured the correct host."


@pytest.fixture
async def pair(registry: Registry, project_id: str) -> KeyPair:
    """A pair that opens the test project."""
    pair = new_pair()
    await registry.create_key(Scope(project_id), pair)
    return pair


async def test_a_secret_opens_its_project(
    registry: Registry, organisation_id: str, project_id: str, pair: KeyPair
) -> None:
    access = await registry.authenticate(basic(pair))

    assert access == Access("project", project_id, organisation_id, pair.public_key)


async def test_the_public_key_beside_a_good_secret_does_not_matter(
    registry: Registry, project_id: str, pair: KeyPair
) -> None:
    access = await registry.authenticate(encoded(f"pk-lf-other:{pair.secret_key}:more"))

    assert (access.project_id, access.public_key) == (project_id, pair.public_key)


async def test_a_public_key_alone_opens_scores(
    registry: Registry, organisation_id: str, project_id: str, pair: KeyPair
) -> None:
    access = await registry.authenticate(f"Bearer {pair.public_key}")

    assert access == Access("scores", project_id, organisation_id, pair.public_key)


async def test_an_organisation_s_key_opens_no_project(
    registry: Registry, organisation_id: str
) -> None:
    pair = new_pair()
    await registry.create_key(Scope(organisation_id=organisation_id), pair)
    access = await registry.authenticate(basic(pair))

    assert access == Access("organization", None, organisation_id, pair.public_key)
    with pytest.raises(Unauthorized, match="Invalid public key"):
        await registry.authenticate(f"Bearer {pair.public_key}")


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (encoded("pk-lf-x:sk-lf-y"), "Invalid credentials"),
        ("Bearer pk-lf-x", "Invalid public key"),
    ],
)
async def test_an_unknown_key_is_refused_in_known_words(
    registry: Registry, header: str, reason: str
) -> None:
    for _ in range(2):
        with pytest.raises(Unauthorized) as caught:
            await registry.authenticate(header)

        assert caught.value.message == reason + HINT


async def test_a_key_made_after_a_refusal_is_good_at_once(
    registry: Registry, project_id: str
) -> None:
    pair = new_pair()
    with pytest.raises(Unauthorized):
        await registry.authenticate(basic(pair))
    await registry.create_key(Scope(project_id), pair)

    assert (await registry.authenticate(basic(pair))).project_id == project_id


async def test_a_revoked_key_is_bad_at_once(registry: Registry, pair: KeyPair) -> None:
    await registry.authenticate(basic(pair))
    await registry.authenticate(f"Bearer {pair.public_key}")
    await registry.revoke_key(pair.public_key)

    for header in (basic(pair), f"Bearer {pair.public_key}"):
        with pytest.raises(Unauthorized):
            await registry.authenticate(header)


async def test_a_key_is_revoked_by_id_too(registry: Registry, pair: KeyPair) -> None:
    listed = [key for key in await registry.keys() if key.public_key == pair.public_key]
    await registry.revoke_key(listed[0].id)

    with pytest.raises(NotFound, match=pair.public_key):
        await registry.revoke_key(pair.public_key)


async def test_the_keys_of_a_deleted_project_open_nothing(
    registry: Registry, project_id: str, pair: KeyPair
) -> None:
    await registry.authenticate(basic(pair))
    await registry.run(lambda c: projects.delete(c, project_id))
    await registry.refresh()

    with pytest.raises(Unauthorized):
        await registry.authenticate(basic(pair))


async def test_keys_are_listed_by_owner_without_secrets(
    registry: Registry, organisation_id: str, project_id: str, pair: KeyPair
) -> None:
    await registry.create_key(Scope(organisation_id=organisation_id), new_pair(), note="for CI")
    of_project = await registry.keys(Scope(project_id))
    of_organisation = await registry.keys(Scope(organisation_id=organisation_id))

    assert [key.public_key for key in of_project] == [pair.public_key]
    assert [key.note for key in of_organisation] == ["for CI"]
    shown = of_project[0].display_secret_key
    assert shown == f"{pair.secret_key[:6]}...{pair.secret_key[-4:]}"


async def test_neither_half_of_a_pair_is_given_twice(
    registry: Registry, project_id: str, pair: KeyPair
) -> None:
    for again in (
        KeyPair(pair.public_key, new_pair().secret_key),
        KeyPair(new_pair().public_key, pair.secret_key),
    ):
        with pytest.raises(Conflict):
            await registry.create_key(Scope(project_id), again)


@pytest.mark.parametrize("pair", [KeyPair("pk-1", "sk-lf-1"), KeyPair("pk-lf-1", "sk-1")])
async def test_a_pair_has_the_prefixes_of_langfuse(
    registry: Registry, project_id: str, pair: KeyPair
) -> None:
    with pytest.raises(InvalidRequest, match="must begin with"):
        await registry.create_key(Scope(project_id), pair)


async def test_a_key_belongs_to_somebody(registry: Registry) -> None:
    with pytest.raises(Conflict):
        await registry.create_key(Scope("nobody"), new_pair())
    with pytest.raises(Conflict):
        await registry.create_key(Scope(), new_pair())


async def test_a_secret_is_kept_as_hash_only(registry: Registry, pair: KeyPair) -> None:
    rows = (await registry.run(lambda c: c.execute(select(api_keys)))).all()

    assert fast_hash(pair.secret_key, "salt") in str(rows)
    assert pair.secret_key not in str(rows)


async def test_a_row_of_langfuse_s_key_table_opens_its_project(
    registry: Registry, project_id: str
) -> None:
    row = {
        "id": "cm0000000000000000000000",
        "project_id": project_id,
        "public_key": "pk-lf-imported",
        "hashed_secret_key": "$2a$11$bcrypt",
        "fast_hashed_secret_key": fast_hash("sk-lf-imported", "salt"),
        "display_secret_key": "sk-lf-...rted",
        "created_ms": 1,
    }
    await registry.run(lambda c: c.execute(insert(api_keys).values(row)))

    access = await registry.authenticate(encoded("pk-lf-imported:sk-lf-imported"))

    assert access.project_id == project_id


async def test_what_authentication_knows_is_every_key_of_a_live_project(
    registry: Registry, project_id: str, pair: KeyPair
) -> None:
    before = await registry.run(keys.every_known)
    await registry.run(lambda c: projects.delete(c, project_id))
    after = await registry.run(keys.every_known)

    assert {key.public_key for key in before} - {key.public_key for key in after} == {
        pair.public_key
    }
