"""The command line itself: help, exit codes, sentences."""

import json

import pytest

from collector.__main__ import COMMANDS, main
from tests.commands.conftest import Shell


def test_without_a_command_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert "understudy COMMAND" in capsys.readouterr().out


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - {"seed"}))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])

    assert ended.value.code == 0
    assert f"usage: understudy {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [["dance"], ["--dance", "x"], ["keys"], ["keys", "dance"], ["serve", "--port", "x"]],
)
def test_wrong_usage_ends_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)

    assert ended.value.code == 2
    assert "usage: understudy" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    from collector import __version__

    main(["version"])
    plain = capsys.readouterr().out
    main(["version", "--json"])

    assert plain == f"understudy {__version__}\n"
    assert json.loads(capsys.readouterr().out)["langfuse"] == "4.16.0"


def test_a_wrong_setting_is_one_sentence(bare: Shell) -> None:
    done = bare("keys", "list", PORT="many")

    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("understudy keys: PORT: 'many' is not")
    assert done.err.count("\n") == 1
