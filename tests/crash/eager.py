"""The service with a sealer that never rests, so that a kill meets every step of a seal."""

import sys
from pathlib import Path
from typing import Final

from tests.servers.service import Service

_MAIN: Final = """
from collector.telemetry import sealing
sealing._LOOK_SECONDS = 0.1
from collector.__main__ import main
raise SystemExit(main())
"""
_SETTINGS: Final = {
    "UNDERSTUDY_SEAL_OBSERVATIONS": "60",
    "UNDERSTUDY_SEAL_QUIET_MINUTES": "0.01",
    "UNDERSTUDY_FLUSH_INTERVAL_SECONDS": "0.1",
    "UNDERSTUDY_JOURNAL_FILE_BYTES": "256KiB",
}


class EagerService(Service):
    """Seals as soon as sixty observations are there."""

    def __init__(self, data_dir: Path, **settings: str) -> None:
        super().__init__(data_dir, {**_SETTINGS, **settings})

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-c", _MAIN, *arguments]

    @property
    def seals(self) -> int:
        """Seals that ended, in all its runs."""
        return self.log.count("segments of")
