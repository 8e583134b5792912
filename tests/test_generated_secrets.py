"""A service that was given no secrets makes its own, once."""

import stat
from pathlib import Path

import pytest

from collector.errors import SettingsError
from collector.generated_secrets import with_secrets
from collector.settings import load_settings


def test_made_secrets_are_the_same_at_the_next_start(tmp_path: Path) -> None:
    settings = load_settings({"data_dir": tmp_path / "data"}, {})

    first, second = with_secrets(settings), with_secrets(settings)

    assert first == second
    assert len({first.salt, first.encryption_key, first.nextauth_secret, None}) == 4


def test_what_the_operator_set_wins(tmp_path: Path) -> None:
    settings = load_settings({"data_dir": tmp_path}, {"SALT": "theirs"})

    assert with_secrets(settings).salt == "theirs"


def test_nobody_else_may_read_them(tmp_path: Path) -> None:
    with_secrets(load_settings({"data_dir": tmp_path}, {}))

    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_nothing_is_written_when_all_are_given(tmp_path: Path) -> None:
    environ = {"SALT": "a", "ENCRYPTION_KEY": "ab" * 32, "NEXTAUTH_SECRET": "c"}
    with_secrets(load_settings({"data_dir": tmp_path}, environ))

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"salt": "a"}'])
def test_a_damaged_file_refuses_with_its_name(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)

    with pytest.raises(SettingsError, match=r"secrets\.json is damaged"):
        with_secrets(load_settings({"data_dir": tmp_path}, {}))
