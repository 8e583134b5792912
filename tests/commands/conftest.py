"""Commands as processes of their own, with a service running and without one."""

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.service import Service


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Shell:
    """Runs `understudy` with the environment of one data folder."""

    environ: dict[str, str]

    def __call__(self, *arguments: str, stdin: str = "", **environ: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "collector", *arguments],
            input=stdin,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def bare(tmp_path: Path) -> Shell:
    """An empty data folder and no setting."""
    return Shell({"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data")})


@pytest.fixture(params=["running", "stopped"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Shell:
    """A data folder with the first project: while `serve` runs on it, and while it does not."""
    if request.param == "stopped":
        return Shell(Service(tmp_path / "data").environ())
    start: Callable[[], Service] = request.getfixturevalue("start_service")
    return Shell(start().environ())
