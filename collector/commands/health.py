"""Ask the running service whether it is well: over its socket, then over HTTP. Exit code 0 or 1."""

import http.client
import json
from argparse import ArgumentParser, Namespace
from typing import Any
from urllib.parse import urlsplit

from collector.commands.arguments import add_data, add_json, settings_of
from collector.commands.handover import ask
from collector.errors import UnderstudyError
from collector.settings import Settings

_TIMEOUT_SECONDS = 5


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--url", help="ask this address only, e.g. http://127.0.0.1:3000")
    add_data(parser)
    add_json(parser)


def run(arguments: Namespace) -> int:
    answer = _asked(arguments)
    print(json.dumps(answer) if arguments.json else f"{answer['url']}: {answer['status']}")
    return 0 if answer["status"] == "OK" else 1


def _asked(arguments: Namespace) -> dict[str, Any]:
    if arguments.url:
        return _over_http(arguments.url)
    settings = settings_of(arguments)
    known = ask(settings.data_dir, "health", {})
    if known is None:
        raise UnderstudyError(
            f"no service answers in {settings.data_dir}; start it with `understudy serve`"
        )
    return _over_http(known["url"])


def local_url(settings: Settings, port: int) -> str:
    """Where this machine reaches a service that listens as the settings say."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{settings.base_path}"


def _over_http(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request("GET", parts.path.rstrip("/") + "/api/public/health")
        answer = connection.getresponse()
        body = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise UnderstudyError(f"{url} does not answer ({error}); see the service's log") from error
    finally:
        connection.close()
    return {"url": url, "code": answer.status, **body}
