"""A folder of media, with and without a bucket."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from collector.media.store import MediaStore
from collector.objects.bucket import ensure_bucket
from collector.settings import Settings
from tests.servers.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed


def bucket_settings(endpoint: str, name: str) -> dict[str, Any]:
    return {
        "s3_media_bucket": name,
        "s3_media_endpoint": endpoint,
        "s3_media_access_key_id": ACCESS_KEY_ID,
        "s3_media_secret_access_key": SECRET_ACCESS_KEY,
        "s3_media_prefix": "media/",
    }


@pytest.fixture
def folder_settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", disk_free_bytes_min=0)


@pytest.fixture
def seaweed_settings(tmp_path: Path, seaweed: Seaweed) -> Settings:
    """A bucket of the test's own."""
    named = bucket_settings(seaweed.endpoint, f"media-{secrets.token_hex(4)}")
    settings = Settings(data_dir=tmp_path / "data", disk_free_bytes_min=0, **named)
    assert settings.media_bucket is not None
    ensure_bucket(settings.media_bucket)
    return settings


@pytest.fixture
def in_folder(folder_settings: Settings) -> Iterator[MediaStore]:
    store = MediaStore(folder_settings)
    yield store
    store.close()


@pytest.fixture
def with_bucket(seaweed_settings: Settings) -> Iterator[MediaStore]:
    store = MediaStore(seaweed_settings)
    yield store
    store.close()
