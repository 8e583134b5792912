"""The published SDKs, each in an environment of its own under `.cache/sdk`.

An environment is made from the hash-pinned file of its name in `sdks/` and used again for as long
as that file stays as it is. Renew a Python file with
`uv pip compile --python-version 3.11 --generate-hashes --no-annotate NAME.in -o NAME.txt`
and the lock file of a Node folder with
`npm install --package-lock-only --omit-lockfile-registry-resolved`: neither names an index.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_PINS = Path(__file__).parent / "sdks"
_ROOT = _PINS.parents[2]
_CACHE = _ROOT / ".cache" / "sdk"
_INSTALL_SECONDS = 280


def python_environment(name: str) -> str:
    """The Python executable that can import what `sdks/<name>.txt` pins."""
    pins = _PINS / f"{name}.txt"
    stamp = _digest(pins, sys.version)
    return str(_prepared(name, stamp, lambda to: _install_python(pins, to)) / "bin" / "python")


def node_environment(name: str, node: str) -> Path:
    """The folder whose `node_modules` hold what `sdks/<name>/package-lock.json` pins."""
    folder = _PINS / name
    stamp = _digest(folder / "package-lock.json", node)
    return _prepared(name, stamp, lambda to: _install_node(folder, to, node))


def _digest(pins: Path, runtime: str) -> str:
    return hashlib.sha256(pins.read_bytes() + runtime.encode()).hexdigest()


def _prepared(name: str, stamp: str, install: Callable[[Path], None]) -> Path:
    folder = _CACHE / name
    stamp_file = folder / "stamp"
    if not stamp_file.exists() or stamp_file.read_text() != stamp:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        sys.stdout.write(f"installing the environment {name}\n")
        sys.stdout.flush()
        install(folder)
        stamp_file.write_text(stamp)
    return folder


def _install_python(pins: Path, to: Path) -> None:
    _run(sys.executable, "-m", "venv", "--without-pip", str(to))
    pip = (sys.executable, "-m", "pip", "--python", str(to / "bin" / "python"), "install")
    pinned = ("--require-hashes", "--only-binary", ":all:", "-r", str(pins))
    _run(*pip, "--quiet", "--no-compile", "--disable-pip-version-check", *pinned)


def _install_node(pins: Path, to: Path, node: str) -> None:
    for file in ("package.json", "package-lock.json"):
        shutil.copy(pins / file, to)
    _run(*npm(node), "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=to)


def npm(node: str) -> tuple[str, ...]:
    """The command that runs the npm that came with this Node, else the system's."""
    bundled = Path(node).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if bundled.exists():
        return (node, str(bundled))
    found = shutil.which("npm")
    assert found is not None, "run make test: it installs Node and npm where there are none"
    return (found,)


def _run(*command: str, folder: Path | None = None) -> None:
    done = subprocess.run(
        command, check=False, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_SECONDS
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
