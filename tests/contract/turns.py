"""One run of an SDK's script against the service, and what HTTP says about it afterwards."""

import json
import os
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.contract.environments import node_environment, python_environment
from tests.servers.service import Service

SCRIPTS = Path(__file__).parent / "scripts"
_SCRIPT_SECONDS = 60
Json = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """`told` is what the script printed; the rest was read over HTTP."""

    told: Json
    began_ms: float
    ended_ms: float
    trace: Json
    observations: Json
    scores: Json
    notes: str

    def by_role(self) -> Json:
        """Observations by what they are in the scenario: root, nested, generation and so on."""
        return {role: self.observations[id_] for role, id_ in self.told["ids"].items()}


def run_script(generation: str, service: Service, node: str, **environ: str) -> Turn:
    """Runs the generation's script; more environment in the keywords."""
    began_ms = time.time() * 1000
    script = f"{generation.replace('-', '')}.{_suffix(generation)}"
    told, notes = run_any(script, generation, service, node, environ)
    with asking(service) as http:
        return read_back(http, told, began_ms, notes)


def run_any(
    script: str, generation: str, service: Service, node: str, environ: dict[str, str]
) -> tuple[Json, str]:
    """What a script of the generation reports, and what it wrote beside that."""
    command = _command(script, generation, node)
    done = subprocess.run(
        command,
        check=False,
        env=_environ(service) | environ,
        capture_output=True,
        text=True,
        timeout=_SCRIPT_SECONDS,
    )
    assert done.returncode == 0, f"{command}:\n{done.stderr}\n{service.log[-6000:]}"
    told: Json = json.loads(done.stdout)
    return told, done.stderr


def told_by(script: str, service: Service, *arguments: str) -> Json:
    """What a script named after its generation, such as `datasets_py2`, prints."""
    python = python_environment(script.rpartition("_")[2])
    done = subprocess.run(
        [python, "-B", str(SCRIPTS / f"{script}.py"), *arguments],
        check=False,
        env=_environ(service),
        capture_output=True,
        text=True,
        timeout=_SCRIPT_SECONDS,
    )
    assert done.returncode == 0, f"{script}:\n{done.stderr}\n{service.log[-6000:]}"
    told: Json = json.loads(done.stdout)
    return told


def asking(service: Service) -> httpx.Client:
    """A plain HTTP client with the project's keys."""
    keys = (service.public_key, service.secret_key)
    return httpx.Client(base_url=service.base_url, auth=keys, timeout=30)


def read_back(http: httpx.Client, told: Json, began_ms: float, notes: str) -> Turn:
    trace_id = told["trace_id"]
    of_trace = {"traceId": trace_id, "limit": "100"}
    return Turn(
        told=told,
        began_ms=began_ms,
        ended_ms=time.time() * 1000,
        trace=get(http, f"/api/public/traces/{trace_id}"),
        observations=_by_id(get(http, "/api/public/observations", of_trace)),
        scores=_by_id(get(http, "/api/public/v2/scores", of_trace)),
        notes=notes,
    )


def get(http: httpx.Client, path: str, params: dict[str, str] | None = None) -> Json:
    """The JSON of a GET that must succeed."""
    answer = http.get(path, params=params)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
    found: Json = answer.json()
    return found


def _by_id(page: Json) -> Json:
    return {row["id"]: row for row in page["data"]}


def _suffix(generation: str) -> str:
    return "mjs" if generation.startswith("js") else "py"


def _command(script: str, generation: str, node: str) -> list[str]:
    if _suffix(generation) == "py":
        return [python_environment(generation), "-B", str(SCRIPTS / script)]
    folder = node_environment(generation, node)
    for file in (
        *SCRIPTS.glob("*.mjs"),
        SCRIPTS / "scenario.json",
    ):  # modules are looked for beside the script
        shutil.copy(file, folder)
    return [node, str(folder / script)]


def _environ(service: Service) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
    return {
        **kept,
        "CONTRACT_BASE_URL": service.base_url,
        "LANGFUSE_HOST": service.base_url,
        "LANGFUSE_PUBLIC_KEY": service.public_key,
        "LANGFUSE_SECRET_KEY": service.secret_key,
        # the scores of the JS SDKs 4 and 5 take it from here only
        "LANGFUSE_TRACING_ENVIRONMENT": "contract",
    }
