"""One run of an integration against the service and the model, and what was kept of it."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.contract.environments import node_environment, python_environment
from tests.contract.expected_records import read_records
from tests.contract.turns import asking
from tests.servers.service import Service

SCRIPTS: Final = Path(__file__).parent / "scripts"
_CURRENT, _NODE = "integrations", "integrations-js"
_SDK2, _SDK4 = "integrations-sdk2", "integrations-sdk4"
_RUN_SECONDS = 120  # the first one also compiles what it imports

# The environment of each integration, its script and the script's arguments.
INTEGRATIONS: Final[dict[str, tuple[str, ...]]] = {
    "openai-sdk2": (_SDK2, "openai_wrapper.py"),
    "openai-sdk4": (_SDK4, "openai_wrapper.py"),
    "openai": (_CURRENT, "openai_wrapper.py"),
    "langchain-sdk2": (_SDK2, "langchain_handler.py"),
    "langchain": (_CURRENT, "langchain_handler.py"),
    "litellm-sdk2": (_SDK2, "litellm_callback.py", "langfuse"),
    # today's litellm wants SDK 4 for this callback, and no other
    "litellm-sdk4": (_SDK4, "litellm_callback.py", "langfuse"),
    "litellm-otel": (_CURRENT, "litellm_callback.py", "langfuse_otel"),
    "pydantic-ai": (_CURRENT, "pydantic_agent.py"),
    "openinference": (_CURRENT, "openinference_openai.py"),
    "openllmetry": (_CURRENT, "openllmetry_openai.py"),
    "vercel": (_NODE, "vercel.mjs"),
}


@dataclass(frozen=True)
class Run:
    """The records that a run left, in the order of their starts."""

    traces: list[dict[str, Any]]
    observations: list[dict[str, Any]]


class Runner:
    """Runs integrations one after the other; each one's records are those that came since."""

    def __init__(self, service: Service, model_url: str, node: str) -> None:
        self._service = service
        self._model_url = model_url
        self._node = node
        self._known: dict[str, set[str]] = {"traces": set(), "observations": set()}

    def run(self, name: str) -> Run:
        done = subprocess.run(
            self._command(name),
            check=False,
            env=self._environ(name),
            capture_output=True,
            text=True,
            timeout=_RUN_SECONDS,
        )
        assert done.returncode == 0, f"{name}:\n{done.stderr}\n{self._service.log[-6000:]}"
        with asking(self._service) as http:
            traces = self._new(read_records(http, "traces"), "traces")
            observations = self._new(read_records(http, "observations"), "observations")
        return Run(
            sorted(traces, key=lambda row: row["timestamp"]),
            sorted(observations, key=lambda row: row["startTime"]),
        )

    def _new(self, rows: dict[str, dict[str, Any]], kind: str) -> list[dict[str, Any]]:
        new = [row for id_, row in rows.items() if id_ not in self._known[kind]]
        self._known[kind] |= rows.keys()
        return new

    def _command(self, name: str) -> list[str]:
        environment, script, *arguments = INTEGRATIONS[name]
        if environment != _NODE:
            return [python_environment(environment), str(SCRIPTS / script), *arguments]
        folder = node_environment(environment, self._node)
        for file in (script, "chat.json"):  # modules are looked for beside the script
            shutil.copy(SCRIPTS / file, folder)
        return [self._node, str(folder / script)]

    def _environ(self, name: str) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
        service = self._service
        authorization = service.authorization.replace(" ", "%20")
        hosts = ("LANGFUSE_HOST", "LANGFUSE_BASE_URL", "LANGFUSE_OTEL_HOST")
        return {
            **kept,
            **dict.fromkeys(hosts, service.base_url),
            "LANGFUSE_PUBLIC_KEY": service.public_key,
            "LANGFUSE_SECRET_KEY": service.secret_key,
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"{service.base_url}/api/public/otel",
            "OTEL_EXPORTER_OTLP_HEADERS": f"Authorization={authorization}",
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else it asks the world outside
            "MODEL_URL": self._model_url,
            "SESSION": name,
        }
