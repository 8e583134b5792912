"""What README tells a newcomer to paste makes a trace that can be read, word for word."""

import re
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from tests.contract.environments import node_environment, python_environment
from tests.contract.turns import SCRIPTS, asking, get
from tests.servers.fixtures import StartService
from tests.servers.service import Service

pytestmark = pytest.mark.timeout(300)

README: Final = (Path(__file__).parents[2] / "README.md").read_text()
_SECONDS = 60


def snippet(name: str) -> str:
    """The fenced block behind the mark `<!-- snippet: name -->`."""
    found = re.search(rf"<!-- snippet: {name} -->\n```\w+\n(.*?)```", README, re.DOTALL)
    assert found is not None, f"README has no snippet {name}"
    return str(found[1])


def block_with(text: str) -> str:
    """The fenced block that contains the text."""
    blocks: list[str] = re.findall(r"```\w+\n(.*?)```", README, re.DOTALL)
    return next(block for block in blocks if text in block)


def run(service: Service, *command: str, folder: Path | None = None) -> str:
    """Runs a command with the variables that README exports; what it printed."""
    environ = service.environ() | {
        "LANGFUSE_PUBLIC_KEY": service.public_key,
        "LANGFUSE_SECRET_KEY": service.secret_key,
        "LANGFUSE_BASE_URL": service.base_url,
    }
    done = subprocess.run(
        command,
        check=False,
        env=environ,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert done.returncode == 0, f"{done.stderr}\n{service.log[-4000:]}"
    return done.stdout


def only_trace(service: Service) -> dict[str, Any]:
    """The one trace of the project, with its observations."""
    with asking(service) as http:
        (row,) = get(http, "/api/public/traces")["data"]
        return get(http, f"/api/public/traces/{row['id']}")


def greeting(trace: dict[str, Any]) -> tuple[Any, Any, Any]:
    return trace["name"], trace["input"], trace["output"]


def test_the_python_snippet_makes_a_trace(start_service: StartService) -> None:
    service = start_service()
    run(service, python_environment("py5"), "-c", snippet("python"))
    trace = only_trace(service)
    (generation,) = trace["observations"]

    assert greeting(trace) == ("hello", "Hi", "Hello!")
    assert generation["usageDetails"] == {"input": 1, "output": 2, "total": 3}


def test_the_javascript_snippet_makes_a_trace(start_service: StartService, node: str) -> None:
    service = start_service()
    folder = node_environment("js-5", node)
    run(service, node, "--input-type=module", "-e", snippet("javascript"), folder=folder)
    trace = only_trace(service)

    assert greeting(trace) == ("hello", "Hi", "Hello!")
    assert [row["type"] for row in trace["observations"]] == ["GENERATION"]


def test_the_variables_for_opentelemetry_suffice(start_service: StartService) -> None:
    service = start_service()
    exports = block_with("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    # the program counts too, and its metrics must not look for a collector of their own
    metrics = exports.replace("_TRACES_", "_METRICS_").replace("/v1/traces", "/v1/metrics")
    program = f"exec {python_environment('otel')} {SCRIPTS / 'otel.py'}"
    run(service, "sh", "-c", f"set -e\n{exports}\n{metrics}\n{program}")

    assert only_trace(service)["name"] == "supper"


def test_the_curl_snippet_makes_a_trace(start_service: StartService) -> None:
    service = start_service()
    command = snippet("curl")
    assert command.startswith("curl ")
    arguments = run(service, "sh", "-c", command.replace("curl", r"printf '%s\0'", 1))
    _, keys, _, header, url, _, body, _ = arguments.split("\0")
    public_key, _, secret_key = keys.partition(":")
    name, _, value = header.partition(": ")
    with asking(service) as http:
        answer = http.post(url, auth=(public_key, secret_key), headers={name: value}, content=body)

    assert (answer.status_code, answer.json()["errors"]) == (207, [])
    assert greeting(only_trace(service)) == ("hello", "Hi", "Hello!")
