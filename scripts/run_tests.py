"""Runs the parts of `make test` one after the other and prints the time of each.

    run_tests.py            all parts; ends non-zero when one fails
    run_tests.py lint api   only these

pytest's closing line of each part stands in the summary at the end.
"""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
TESTS = ROOT / "tests"
PYTEST = (sys.executable, "-m", "pytest", "-q", "--color=no")
PARALLEL = ("-n", "2", "--dist", "loadfile")

Command = tuple[str, ...]

_APART = ("api", "web", "contract", "integrations", "crash", "browser", "budget", "wheel")


@dataclass(frozen=True)
class Outcome:
    """How one part ended: the last line it printed says it in words."""

    part: str
    seconds: float
    failed: bool
    closing: str


def parts() -> dict[str, tuple[Command, ...]]:
    """Name of each part to its commands, in the order in which they run."""
    tool = {name: str(BIN / name) for name in ("ruff", "mypy", "lint-imports")}
    apart = tuple(f"--ignore={TESTS / name}" for name in _APART)
    return {
        "lint": (
            (tool["ruff"], "check", "--output-format", "concise", "."),
            (tool["ruff"], "format", "--check", "."),
            (tool["mypy"],),
            (tool["lint-imports"], "--no-logo"),
        ),
        "unit": ((*PYTEST, *PARALLEL, str(TESTS), *apart),),
        "api": ((*PYTEST, *PARALLEL, str(TESTS / "api"), str(TESTS / "web")),),
        "contract": ((*PYTEST, str(TESTS / "contract")),),
        "integrations": ((*PYTEST, str(TESTS / "integrations")),),
        "crash": ((*PYTEST, str(TESTS / "crash")),),
        "browser": ((*PYTEST, str(TESTS / "browser")),),
        "budget": ((*PYTEST, str(TESTS / "budget")),),
        "wheel": ((*PYTEST, str(TESTS / "wheel")),),
    }


def run(part: str, commands: Sequence[Command]) -> Outcome:
    print(f"\n=== {part}", flush=True)
    started = time.monotonic()
    closing, failures = "", []
    for command in commands:
        code, closing = run_command(command)
        if code:
            failures.append(closing or f"{Path(command[0]).name} failed")
    seconds = time.monotonic() - started
    return Outcome(part, seconds, bool(failures), failures[0] if failures else closing)


def run_command(command: Command) -> tuple[int, str]:
    """The exit code and the last line that was not empty; the output passes through."""
    print("$ " + " ".join(command).replace(f"{ROOT}/", ""), flush=True)
    closing = ""
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            closing = line.strip() or closing
    return process.returncode, closing


def main(wanted: Sequence[str]) -> int:
    known = parts()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"unknown part {unknown[0]}; the parts are {', '.join(known)}", file=sys.stderr)
        return 2
    outcomes = [run(name, known[name]) for name in known if not wanted or name in wanted]
    print("\n=== time per part")
    for outcome in outcomes:
        verdict = "FAILED" if outcome.failed else "ok"
        print(f"{outcome.part:<13}{outcome.seconds:>7.0f} s  {verdict:<7} {outcome.closing}")
    print(f"{'all':<13}{sum(outcome.seconds for outcome in outcomes):>7.0f} s")
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
