"""What every script writes, and how it tells what it wrote and read: one JSON object."""

import json
import os
import sys
from pathlib import Path
from typing import Any

SCENARIO: dict[str, Any] = json.loads((Path(__file__).parent / "scenario.json").read_text())


def connection(host_name: str) -> dict[str, str]:
    """The arguments of every client, the address under the name that this generation uses."""
    keys = {name: os.environ[f"LANGFUSE_{name.upper()}"] for name in ("public_key", "secret_key")}
    kept = {"environment": SCENARIO["environment"], "release": SCENARIO["release"]}
    return {host_name: os.environ["CONTRACT_BASE_URL"], **keys, **kept}


def as_json(record: Any) -> Any:
    """A record of the generated client as the JSON it came from."""
    return json.loads(record.json())


def report(**told: Any) -> None:
    json.dump(told, sys.stdout)
