"""Headers taken apart, and the hash that Langfuse's key tables carry."""

import hashlib

import pytest

from collector.errors import Unauthorized
from collector.registry.access import Claim, fast_hash, read_claim
from tests.registry.headers import encoded

HINT = ". Confirm that you've configured the correct host."


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "No authorization header"),
        ("", "No authorization header"),
        ("Digest abc", "Invalid authorization header"),
        ("basic cGs6c2s=", "Invalid authorization header"),
        ("bearer pk-lf-1", "Invalid authorization header"),
        ("Basic", "Invalid authorization header"),
        ("Basic %%%", "Invalid character" + HINT),
        ("Basic a", "Invalid character" + HINT),
        (encoded("only-a-public-key"), "Invalid credentials" + HINT),
        (encoded("pk:"), "Invalid credentials" + HINT),
        (encoded(":sk"), "Invalid credentials" + HINT),
        ("Basic ", "Invalid credentials" + HINT),
    ],
)
def test_a_header_that_claims_nothing_is_refused_in_known_words(
    header: str | None, message: str
) -> None:
    with pytest.raises(Unauthorized) as caught:
        read_claim(header)

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("header", "claim"),
    [
        (encoded("pk:sk"), Claim("sk", "pk")),
        (encoded("pk:sk:more"), Claim("sk", "pk")),
        (encoded("pk:sk").rstrip("="), Claim("sk", "pk")),
        ("Basic cGs6\tc2s=", Claim("sk", "pk")),
        (encoded("pk:schlüssel"), Claim("schlüssel", "pk")),
        ("Bearer pk-lf-1", Claim(None, "pk-lf-1")),
    ],
)
def test_a_header_names_a_key(header: str, claim: Claim) -> None:
    assert read_claim(header) == claim


def test_a_secret_in_latin_1_is_read_as_such() -> None:
    assert read_claim("Basic cGs6/w==") == Claim("ÿ", "pk")


def test_the_hash_is_of_secret_and_hashed_salt() -> None:
    salt_hash = hashlib.sha256(b"salt").hexdigest()

    assert (
        fast_hash("sk-lf-1", "salt") == hashlib.sha256(f"sk-lf-1{salt_hash}".encode()).hexdigest()
    )
