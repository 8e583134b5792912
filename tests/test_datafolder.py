"""One process owns the data folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from collector.datafolder import LOCK_FILE, DataFolderTaken, owned, socket_address
from collector.errors import UnderstudyError


def test_the_folder_is_made(tmp_path: Path) -> None:
    with owned(tmp_path / "a" / "data"):
        assert (tmp_path / "a" / "data" / LOCK_FILE).read_text() == f"{os.getpid()}\n"


def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    with (
        owned(tmp_path),
        pytest.raises(DataFolderTaken, match=f"pid {os.getpid()}"),
        owned(tmp_path),
    ):
        pass


def test_the_folder_is_free_again_after_its_owner(tmp_path: Path) -> None:
    for _ in range(2):
        with owned(tmp_path):
            pass


def test_a_killed_owner_leaves_the_folder_free(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, sys; from collector.datafolder import owned\n"
        "with owned(pathlib.Path(sys.argv[1])): os.kill(os.getpid(), 9)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False)

    assert done.returncode == -9
    with owned(tmp_path):
        pass


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with (
        pytest.raises(UnderstudyError, match="cannot write to the data folder"),
        owned(tmp_path / "file" / "data"),
    ):
        pass


def test_a_long_path_is_reached_by_a_detour(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 25) / "data"
    folder.mkdir(parents=True)
    with socket_address(folder) as address:
        assert len(address) < 108
        assert Path(address).parent.samefile(folder)
