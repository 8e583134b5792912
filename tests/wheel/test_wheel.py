"""The built wheel, installed alone in an empty environment, serves."""

import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.service import Service

ROOT = Path(__file__).parent.parent.parent
PIP_SECONDS = 300


class Installed(Service):
    """The service as its wheel brings it, with no repository around it."""

    program: Path

    def command(self, *arguments: str) -> list[str]:
        return [str(self.program), *arguments]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT))
    (built,) = folder.glob("understudy-*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment that holds the wheel and what it asks for."""
    folder = tmp_path_factory.mktemp("alone") / "venv"
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    pinned = str(ROOT / "requirements.txt")
    pip(python, "install", "--require-hashes", "--only-binary", ":all:", "-r", pinned)
    pip(python, "install", "--no-deps", "--no-index", str(wheel))
    pip(python, "check")
    return folder


@pytest.fixture
def installed(environment: Path, tmp_path: Path) -> Iterator[Installed]:
    service = Installed(tmp_path / "data")
    service.program = environment / "bin" / "understudy"
    yield service
    service.close()


def pip(python: str, *arguments: str) -> None:
    # the build backend looks for its own program in the path
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    result = subprocess.run(
        [python, "-m", "pip", "--disable-pip-version-check", *arguments],
        env={**os.environ, "PATH": path},
        cwd=ROOT.parent,
        capture_output=True,
        text=True,
        timeout=PIP_SECONDS,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]


@pytest.mark.timeout(600)
def test_it_serves_every_door(installed: Installed) -> None:
    installed.start()
    paths = ["/api/public/health", "/api/public/projects", "/api/public/traces", "/login"]

    assert [installed.status(path) for path in paths] == [200, 200, 200, 200]
    assert installed.stop() == 0


@pytest.mark.timeout(600)
def test_the_command_says_the_wheels_version(environment: Path, wheel: Path) -> None:
    command = [str(environment / "bin" / "understudy"), "version"]
    said = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True).stdout

    assert wheel.name.split("-")[1] in said


def test_it_brings_everything_that_is_no_code(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        str(path.relative_to(ROOT))
        for folder in ("collector", "web")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert wanted - packed == set()


def test_it_brings_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"collector", "web"}
