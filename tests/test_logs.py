"""Logs are JSON lines that hold what was meant to be logged and nothing else."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from collector import logs


@pytest.fixture(autouse=True)
def _restored_root() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    logging.captureWarnings(capture=False)
    root.handlers[:], root.level = handlers, level


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_line_knows_its_request_and_project(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    request, project = logs.request_id.set("r-1"), logs.project.set("p-1")
    logging.getLogger("here").info("sealed %d rows", 3, extra={"rows": 3})
    logs.request_id.reset(request)
    logs.project.reset(project)

    (line,) = lines(capsys)

    assert line.pop("ts").endswith("Z")
    assert line == {
        "level": "info",
        "logger": "here",
        "event": "sealed 3 rows",
        "request_id": "r-1",
        "project": "p-1",
        "rows": 3,
    }


def test_an_extra_of_another_name_stays_inside(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("here").info("accepted", extra={"payload": "private", "code": 207})

    (line,) = lines(capsys)

    assert (line.get("payload"), line["code"]) == (None, 207)


def test_a_line_break_cannot_forge_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    logging.getLogger("here").info("name was %s", 'x\n{"level": "error"}')

    assert len(lines(capsys)) == 1


def test_an_exception_is_part_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    try:
        int("broken")
    except ValueError:
        logging.getLogger("here").exception("failed")

    (line,) = lines(capsys)

    assert line["error"].endswith("with base 10: 'broken'")


def test_a_repeated_warning_is_held_back_and_counted() -> None:
    throttle = logs.Throttle(period_seconds=60)
    record = logging.LogRecord("here", logging.WARNING, "", 1, "slow: %s", ("a",), None)
    passed = [throttle.filter(record) for _ in range(5)]
    throttle.period_seconds = 0
    throttle.filter(record)

    assert passed == [True, False, False, False, False]
    assert record.suppressed == 4  # type: ignore[attr-defined]


def test_an_error_is_never_held_back() -> None:
    throttle = logs.Throttle(period_seconds=60)
    record = logging.LogRecord("here", logging.ERROR, "", 1, "lost", (), None)

    assert [throttle.filter(record) for _ in range(3)] == [True, True, True]


def test_the_level_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("WARNING")
    logging.getLogger("here").info("not of interest")

    assert lines(capsys) == []
