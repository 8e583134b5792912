"""Settings are read once, checked, and refuse with a sentence that names the variable."""

import dataclasses
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from collector.environment import declarations
from collector.errors import SettingsError
from collector.settings import Bucket, Settings, load_settings

MIB = 1024**2


def refusal(environ: dict[str, str], overrides: dict[str, Any] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load_settings(overrides, environ)
    return caught.value.message


def test_nothing_needs_to_be_set() -> None:
    settings = load_settings(None, {})

    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 3000, Path("data"))
    assert (settings.on_postgres, settings.segments_bucket) == (False, None)


def test_no_setting_can_be_changed_later() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        load_settings(None, {}).port = 1  # type: ignore[misc]


def test_the_command_line_wins_over_the_environment() -> None:
    assert load_settings({"port": 3001, "host": None}, {"PORT": "3002"}).port == 3001


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2097152", 2 * MIB), ("4.5MiB", 4.5 * MIB), ("2 gib", 2048 * MIB), ("64K", 65536)],
)
def test_sizes_take_units(text: str, expected: int) -> None:
    settings = load_settings(None, {"UNDERSTUDY_JSON_BODY_BYTES_MAX": text})

    assert settings.json_body_bytes_max == expected


def test_lists_of_networks_are_read() -> None:
    settings = load_settings(None, {"TRUSTED_PROXIES": "10.0.0.0/8, ::1"})

    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("::1"))


def test_an_empty_value_counts_as_not_set() -> None:
    assert load_settings(None, {"PORT": "", "DATABASE_HOST": " "}).port == 3000


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "70000"),
        ("PORT", "٣٠٠٠"),
        ("LOG_LEVEL", "loud"),
        ("BASE_PATH", "understudy/"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("NEXTAUTH_URL", "example.org"),
        ("ENCRYPTION_KEY", "short"),
        ("LANGFUSE_INIT_PROJECT_RETENTION", "-3"),
        ("LANGFUSE_S3_EVENT_UPLOAD_FORCE_PATH_STYLE", "yes"),
        ("UNDERSTUDY_FLUSH_ROWS_MAX", "0"),
        ("UNDERSTUDY_FLUSH_INTERVAL_SECONDS", "nan"),
        ("UNDERSTUDY_JOURNAL_BYTES_MAX", "many"),
    ],
)
def test_a_malformed_value_refuses_and_names_its_variable(variable: str, value: str) -> None:
    assert refusal({variable: value}).startswith(variable + ": ")


def test_an_unknown_name_of_ours_refuses() -> None:
    assert "UNDERSTUDY_FLUSH_ROWS is not a setting" in refusal({"UNDERSTUDY_FLUSH_ROWS": "10"})


def test_a_port_under_our_prefix_is_not_taken_for_a_service() -> None:
    assert "UNDERSTUDY_PORT is not a setting" in refusal({"UNDERSTUDY_PORT": "3001"})


@pytest.mark.parametrize(
    "variable",
    [
        "UNDERSTUDY_SERVICE_HOST",
        "UNDERSTUDY_SERVICE_PORT_HTTP",
        "UNDERSTUDY_PORT",
        "UNDERSTUDY_PORT_3000_TCP_ADDR",
        "UNDERSTUDY_WEB_SERVICE_PORT",
    ],
)
def test_names_that_kubernetes_adds_for_a_service_are_no_settings(variable: str) -> None:
    assert load_settings(None, {variable: "tcp://10.0.0.1:3000"}) == load_settings(None, {})


def test_a_secret_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("from the file\n")

    settings = load_settings(None, {"SALT_FILE": str(tmp_path / "salt")})

    assert settings.salt == "from the file"


def test_a_secret_and_its_file_together_are_refused(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("x")

    assert "both set" in refusal({"SALT": "x", "SALT_FILE": str(tmp_path / "salt")})


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_a_file_that_holds_no_secret_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "salt").write_bytes(content)

    assert refusal({"SALT_FILE": str(tmp_path / "salt")}).startswith("SALT_FILE: ")


def test_a_secret_is_never_shown() -> None:
    secrets = [item for item in declarations(Settings).values() if item.secret]
    environ = {item.variable: "hidden-value" for item in secrets}
    shown = refusal(environ)
    environ |= {"ENCRYPTION_KEY": "ab" * 32, "DATABASE_URL": "postgres://u:hidden-value@h/d"}
    environ |= {
        "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": "pk",
        "LANGFUSE_INIT_USER_EMAIL": "a@example.org",
        "LANGFUSE_S3_EVENT_UPLOAD_ACCESS_KEY_ID": "id",
        "LANGFUSE_S3_MEDIA_UPLOAD_ACCESS_KEY_ID": "id",
    }
    shown += repr(load_settings(None, environ))

    assert len(secrets) >= 9
    assert "hidden-value" not in shown


@pytest.mark.parametrize(
    ("environ", "absent"),
    [
        ({"LANGFUSE_INIT_PROJECT_PUBLIC_KEY": "pk-lf-1"}, "LANGFUSE_INIT_PROJECT_SECRET_KEY"),
        ({"LANGFUSE_INIT_USER_PASSWORD": "secret"}, "LANGFUSE_INIT_USER_EMAIL"),
        ({"LANGFUSE_S3_EVENT_UPLOAD_ENDPOINT": "http://s3"}, "LANGFUSE_S3_EVENT_UPLOAD_BUCKET"),
    ],
)
def test_half_of_a_pair_is_refused_by_the_name_of_the_other(
    environ: dict[str, str], absent: str
) -> None:
    assert absent in refusal(environ)


def test_either_bucket_serves_both() -> None:
    media = load_settings(None, {"LANGFUSE_S3_MEDIA_UPLOAD_BUCKET": "media"})
    events = load_settings(None, {"LANGFUSE_S3_EVENT_UPLOAD_BUCKET": "events"})

    assert media.segments_bucket == media.media_bucket == Bucket("media")
    assert events.media_bucket == events.segments_bucket == Bucket("events")


def test_each_bucket_is_its_own_when_both_are_named() -> None:
    environ = {
        "LANGFUSE_S3_EVENT_UPLOAD_BUCKET": "events",
        "LANGFUSE_S3_MEDIA_UPLOAD_BUCKET": "media",
        "LANGFUSE_S3_MEDIA_UPLOAD_PREFIX": "pictures/",
    }
    settings = load_settings(None, environ)
    found = [settings.segments_bucket, settings.media_bucket]

    assert [(each.name, each.prefix) for each in found if each] == [
        ("events", ""),
        ("media", "pictures/"),
    ]
