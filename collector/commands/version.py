"""Print the version of this program, and with --json also the Langfuse level it answers as."""

import json
from argparse import ArgumentParser, Namespace

from collector import __version__
from collector.commands.arguments import add_json

LANGFUSE_VERSION = "4.16.0"


def configure(parser: ArgumentParser) -> None:
    add_json(parser)


def run(arguments: Namespace) -> int:
    if arguments.json:
        print(json.dumps({"version": __version__, "langfuse": LANGFUSE_VERSION}))
    else:
        print(f"understudy {__version__}")
    return 0
