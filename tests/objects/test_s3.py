"""What only a bucket can do: be absent, refuse, stop answering, be made."""

import dataclasses
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from collector.errors import SettingsError, Unavailable
from collector.objects.bucket import ensure_bucket
from collector.objects.s3 import S3Storage
from collector.settings import Bucket
from tests.servers.ports import free_port
from tests.servers.seaweed import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Seaweed


@pytest.fixture
def bucket(seaweed: Seaweed) -> Bucket:
    return Bucket(
        name=f"bucket-{secrets.token_hex(4)}",
        endpoint=seaweed.endpoint,
        access_key_id=ACCESS_KEY_ID,
        secret_access_key=SECRET_ACCESS_KEY,
    )


def test_a_bucket_is_made_once(bucket: Bucket) -> None:
    assert [ensure_bucket(bucket), ensure_bucket(bucket)] == [True, False]


def test_a_made_bucket_takes_objects(bucket: Bucket) -> None:
    ensure_bucket(bucket)

    assert S3Storage(bucket).put("a/key", b"x").size == 1


def test_an_absent_bucket_is_named_with_its_remedy(bucket: Bucket, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="understudy init"):
        S3Storage(bucket).get("a/key", tmp_path / "target")


def test_a_wrong_secret_is_refused_with_a_sentence(bucket: Bucket) -> None:
    wrong = dataclasses.replace(bucket, secret_access_key="wrong")

    with pytest.raises(SettingsError, match="access key"):
        ensure_bucket(wrong)


def test_a_server_that_is_away_is_a_passing_fault() -> None:
    away = Bucket(name="bucket", endpoint=f"http://127.0.0.1:{free_port()}")

    with pytest.raises(Unavailable):
        ensure_bucket(away)


def test_a_large_object_is_never_whole_in_memory(bucket: Bucket, tmp_path: Path) -> None:
    ensure_bucket(bucket)
    source = tmp_path / "segment"
    source.write_bytes(secrets.token_bytes(40 * 1024**2))

    def there_and_back() -> None:
        S3Storage(bucket).put("large", source)
        S3Storage(bucket).get("large", tmp_path / "target")

    assert _anonymous_growth_mib(there_and_back) < 20


def _anonymous_growth_mib(work: Callable[[], None]) -> float:
    """The most that anonymous memory grew meanwhile; mapped files are the kernel's to drop."""
    samples = [_anonymous_mib()]
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        while not done.done():
            samples.append(_anonymous_mib())
            time.sleep(0.002)
    done.result()
    return max(samples) - samples[0]


def _anonymous_mib() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) / 1024
