"""How to send traces here: snippets with this host and the project's public key filled in."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from collector.registry.keys import Scope
from web.access import ForMembers, VisibleProject, services_of
from web.addresses import origin
from web.answers import page
from web.routes import PageRoute

router = APIRouter(route_class=PageRoute)

_NO_KEY: Final = "pk-lf-..."
_SECRET: Final = "sk-lf-..."  # noqa: S105 -- stands for the secret that is not shown

_PYTHON: Final = """\
# pip install langfuse
from langfuse import Langfuse

langfuse = Langfuse(
    host="{host}",
    public_key="{key}",
    secret_key="{secret}",
)
with langfuse.start_as_current_observation(as_type="generation", name="hello") as generation:
    generation.update(model="gpt-4o-mini", input="Hello?", output="Hello!")
langfuse.flush()"""

_PYTHON_2: Final = """\
# pip install "langfuse<3"
from langfuse import Langfuse

langfuse = Langfuse(host="{host}", public_key="{key}", secret_key="{secret}")
trace = langfuse.trace(name="hello", input="Hello?", output="Hello!")
trace.generation(name="answer", model="gpt-4o-mini", usage={{"input": 2, "output": 2}})
langfuse.flush()"""

_JAVASCRIPT: Final = """\
// npm install @langfuse/tracing @langfuse/otel @opentelemetry/sdk-node
import {{ NodeSDK }} from "@opentelemetry/sdk-node";
import {{ LangfuseSpanProcessor }} from "@langfuse/otel";
import {{ startObservation }} from "@langfuse/tracing";

const processor = new LangfuseSpanProcessor({{
  baseUrl: "{host}",
  publicKey: "{key}",
  secretKey: "{secret}",
}});
const sdk = new NodeSDK({{ spanProcessors: [processor] }});
sdk.start();

const generation = startObservation(
  "hello",
  {{ model: "gpt-4o-mini", input: "Hello?", output: "Hello!" }},
  {{ asType: "generation" }},
);
generation.end();
await sdk.shutdown();"""

_OTLP: Final = """\
export OTEL_EXPORTER_OTLP_ENDPOINT="{host}/api/public/otel"
export OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf"
export AUTH=$(printf '%s' '{key}:{secret}' | base64 -w0)
export OTEL_EXPORTER_OTLP_HEADERS="Authorization=Basic%20$AUTH\""""

_OPEN_WEBUI: Final = """\
# Open WebUI: Admin panel > Settings > Pipelines
# 1. Connection to your pipelines server, then add this pipeline:
#    https://github.com/open-webui/pipelines/blob/main/examples/filters/langfuse_filter_pipeline.py
# 2. Its valves:
host:       {host}
public_key: {key}
secret_key: {secret}"""

_CURL: Final = """\
curl -u '{key}:{secret}' {host}/api/public/ingestion \\
  -H 'Content-Type: application/json' \\
  -d '{{"batch": [{{
    "id": "'$(uuidgen)'", "type": "trace-create", "timestamp": "'$(date -u +%FT%TZ)'",
    "body": {{"id": "'$(uuidgen)'", "name": "hello", "input": "Hello?", "output": "Hello!"}}
  }}]}}'"""

_SNIPPETS: Final = (
    ("Python SDK", _PYTHON),
    ("Python SDK 2", _PYTHON_2),
    ("JavaScript SDK", _JAVASCRIPT),
    ("OpenTelemetry (OTLP)", _OTLP),
    ("Open WebUI pipeline", _OPEN_WEBUI),
    ("curl", _CURL),
)


def snippets(host: str, public_key: str) -> list[dict[str, str]]:
    """Ready to copy but for the secret, which only its owner knows."""
    return [
        {"title": title, "text": text.format(host=host, key=public_key, secret=_SECRET)}
        for title, text in _SNIPPETS
    ]


async def setup_view(request: Request, project: VisibleProject) -> dict[str, Any]:
    """What the snippets need to be filled in."""
    keys = await services_of(request).registry.keys(Scope(project_id=project.id))
    host = origin(request)
    public_key = keys[0].public_key if keys else _NO_KEY
    return {
        "host": host,
        "public_key": public_key,
        "snippets": snippets(host, public_key),
        "is_empty": False,
    }


@router.get("/project/{project_id}/setup")
async def show_setup(request: Request, project: ForMembers) -> Response:
    """The snippets, also once there are traces."""
    return page(request, "setup.html", await setup_view(request, project))
