"""A real store in a folder of the test's own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from collector.settings import load_settings
from collector.telemetry.store import Store

OpenStore = Callable[..., Store]


@pytest.fixture
async def open_store(tmp_path: Path) -> AsyncIterator[OpenStore]:
    """Opens stores, by default always on the same folder: `open_store(flush_rows_max="10")`."""
    opened: list[Store] = []

    def open_one(folder: Path | None = None, **settings: str) -> Store:
        values = {"data_dir": str(folder or tmp_path / "data"), **settings}
        store = Store(load_settings(values, environ={}))
        store.start()
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        if store.is_ready:
            await asyncio.to_thread(store.close)


@pytest.fixture
def store(open_store: OpenStore) -> Store:
    """One open store."""
    return open_store()
