"""`understudy`: finds the command, runs it, turns a refusal into one sentence.

Exit codes: 0 done, 1 failed, 2 used wrongly, 130 interrupted.
"""

import importlib.util
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from collector import __version__
from collector.errors import UnderstudyError

COMMANDS: Final = {
    "serve": "run the service",
    "init": "make the PostgreSQL user and database and the S3 bucket",
    "migrate": "bring the registry to the newest revision",
    "health": "ask the running service whether it is well",
    "keys": "create, list and revoke API keys",
    "users": "create users and set passwords",
    "models": "list models with their prices, load a table of prices",
    "reprice": "compute the cost of stored observations anew",
    "seed": "fill a project with realistic traces",
    "version": "print the version",
}


def main(argv: Sequence[str] | None = None) -> int:
    """The exit code. Only the module of the chosen command is imported."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] not in _present():
        return _without_command(words)
    name = words[0]
    module = import_module(f"collector.commands.{name}")
    parser = ArgumentParser(prog=f"understudy {name}", description=module.__doc__)
    module.configure(parser)
    arguments = parser.parse_args(words[1:])
    try:
        code: int = module.run(arguments)
    except UnderstudyError as error:
        sys.stderr.write(f"understudy {name}: {error.message}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _present() -> dict[str, str]:
    return {
        name: text
        for name, text in COMMANDS.items()
        if importlib.util.find_spec(f"collector.commands.{name}") is not None
    }


def _without_command(words: list[str]) -> int:
    listed = "\n".join(f"  {name:<10}{text}" for name, text in _present().items())
    parser = ArgumentParser(
        prog="understudy",
        usage="understudy COMMAND [options]",
        description="A low-memory stand-in for Langfuse.",
        epilog=f"commands:\n{listed}\n\n`understudy COMMAND --help` says more.",
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"understudy {__version__}")
    parser.add_argument("command", nargs="?", metavar="COMMAND")
    arguments, _ = parser.parse_known_args(words)
    if arguments.command is not None:
        parser.error(f"there is no command {arguments.command!r}; `understudy --help` lists them")
    parser.print_help()
    return 0 if not words else 2


if __name__ == "__main__":
    sys.exit(main())
