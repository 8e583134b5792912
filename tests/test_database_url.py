"""PostgreSQL addresses as operators have them reach SQLAlchemy and asyncpg as those want them."""

import ssl

import pytest

from collector.errors import SettingsError
from collector.settings import Settings, load_settings

SECRET = "p%40ss"


def settings_of(query: str = "", scheme: str = "postgresql") -> Settings:
    return load_settings(None, {"DATABASE_URL": f"{scheme}://user:{SECRET}@db:5433/name{query}"})


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_every_scheme_becomes_the_async_driver(scheme: str) -> None:
    url = settings_of("", scheme).registry_url

    assert url == f"postgresql+asyncpg://user:{SECRET}@db:5433/name"


def test_sslmode_moves_to_the_drivers_arguments() -> None:
    settings = settings_of("?sslmode=require&connect_timeout=3")

    assert "?" not in settings.registry_url
    assert settings.registry_connect_args == {"ssl": "require", "timeout": 3}


def test_a_root_certificate_makes_a_context_that_verifies() -> None:
    bundle = ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"

    context = settings_of(f"?sslmode=verify-ca&sslrootcert={bundle}").registry_connect_args["ssl"]

    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, False)


def test_a_pooler_gets_no_prepared_statements() -> None:
    assert settings_of("?pgbouncer=true").registry_connect_args == {"statement_cache_size": 0}


def test_parameters_of_langfuses_own_client_are_dropped() -> None:
    settings = settings_of("?schema=public&connection_limit=10")

    assert (settings.registry_url.endswith("/name"), settings.registry_connect_args) == (True, {})


def test_a_socket_folder_stays_in_the_address() -> None:
    settings = load_settings(None, {"DATABASE_URL": "postgresql://user@/name?host=/run/db"})

    assert settings.registry_url == "postgresql+asyncpg://user@/name?host=%2Frun%2Fdb"


def test_parts_may_hold_any_character() -> None:
    environ = {
        "DATABASE_HOST": "::1",
        "DATABASE_NAME": "na/me",
        "DATABASE_USERNAME": "us:er",
        "DATABASE_PASSWORD": "p@ss?word",
    }

    url = load_settings(None, environ).registry_url

    assert url == "postgresql+asyncpg://us%3Aer:p%40ss%3Fword@[::1]:5432/na%2Fme"


def test_without_postgres_the_registry_is_a_file_of_the_data_folder() -> None:
    settings = load_settings({"data_dir": "/srv/understudy"}, {})

    assert settings.registry_url == "sqlite+aiosqlite:////srv/understudy/registry.sqlite"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mysql://user:secret@db/name", "does not begin with"),
        ("postgresql://user:secret@db", "names no database"),
        ("postgresql://user:secret@db:abc/name", "is not an address"),
        ("postgresql://user:secret@db/name?sslmode=strict", "sslmode"),
        ("postgresql://user:secret@db/name?connect_timeout=soon", "connect_timeout"),
        ("postgresql://user:secret@db/name?colour=red", "parameter colour"),
    ],
)
def test_an_address_that_cannot_be_meant_is_refused_without_showing_it(
    url: str, reason: str
) -> None:
    with pytest.raises(SettingsError, match=reason) as caught:
        load_settings(None, {"DATABASE_URL": url})

    assert "secret" not in caught.value.message
