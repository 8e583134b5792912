"""What the commands' arguments have in common."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from collector.settings import Settings, load_settings


def add_data(parser: ArgumentParser) -> None:
    """`--data`."""
    parser.add_argument(
        "--data", type=Path, metavar="FOLDER", help="the data folder (default: DATA_DIR, ./data)"
    )


def add_json(parser: ArgumentParser) -> None:
    """`--json`."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def settings_of(arguments: Namespace) -> Settings:
    """The environment's settings, the data folder as the command line says."""
    return load_settings({"data_dir": arguments.data})
