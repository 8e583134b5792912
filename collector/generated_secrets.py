"""Secrets for a service that was given none: made once, kept in the data folder, mode 0600."""

import dataclasses
import json
import os
import secrets
from pathlib import Path

from collector.errors import SettingsError
from collector.settings import Settings

_NAMES = ("salt", "encryption_key", "nextauth_secret")
_FILE = "secrets.json"


def with_secrets(settings: Settings) -> Settings:
    """The same settings with no secret absent; what the operator set always wins."""
    if settings.salt and settings.encryption_key and settings.nextauth_secret:
        return settings
    kept = _kept_or_made(settings.data_dir / _FILE)
    return dataclasses.replace(
        settings,
        salt=settings.salt or kept["salt"],
        encryption_key=settings.encryption_key or kept["encryption_key"],
        nextauth_secret=settings.nextauth_secret or kept["nextauth_secret"],
    )


def _kept_or_made(path: Path) -> dict[str, str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _write(path, {name: secrets.token_hex(32) for name in _NAMES})
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {name: str(kept[name]) for name in _NAMES}
    except (ValueError, KeyError, TypeError):
        message = f"{path} is damaged; restore it, or set SALT, ENCRYPTION_KEY and NEXTAUTH_SECRET"
        raise SettingsError(message) from None


def _write(path: Path, made: dict[str, str]) -> None:
    """Whole or not at all, and never over the file of a process that was quicker."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(made, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(fresh, path)
    except FileExistsError:
        return
    finally:
        fresh.unlink()
