"""Object storage: a folder or an S3 bucket behind one interface."""

from pathlib import Path

from collector.objects.storage import ObjectStorage
from collector.settings import Bucket


def open_storage(bucket: Bucket | None, folder: Path) -> ObjectStorage:
    """The bucket's storage when there is one, else the folder's."""
    if bucket is None:
        from collector.objects.files import FileStorage

        return FileStorage(folder)
    from collector.objects.s3 import S3Storage

    return S3Storage(bucket)
