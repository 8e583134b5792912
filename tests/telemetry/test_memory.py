"""DuckDB's allocator takes what it is told; a release that no longer does shows here."""

import ctypes

import _duckdb

from collector.telemetry import memory


def decay_ms(name: str) -> int:
    control = ctypes.CDLL(_duckdb.__file__).duckdb_je_mallctl
    value = ctypes.c_ssize_t()
    size = ctypes.c_size_t(ctypes.sizeof(value))
    assert control(name.encode(), ctypes.byref(value), ctypes.byref(size), None, 0) == 0
    return value.value


def test_duckdbs_allocator_returns_what_is_free_at_once() -> None:
    memory.hurry_duckdb()

    for arena in ("arenas", "arena.0"):
        assert decay_ms(f"{arena}.dirty_decay_ms") == 100
        assert decay_ms(f"{arena}.muzzy_decay_ms") == 0
