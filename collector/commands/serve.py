"""Run the service. One process owns the data folder; SIGTERM finishes what is begun and ends it."""

import asyncio
import errno
import gc
import signal
import socket
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final, NoReturn

from collector import allocator
from collector.commands.arguments import add_data
from collector.commands.health import local_url
from collector.datafolder import owned
from collector.errors import UnderstudyError
from collector.settings import Settings, load_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from collector.control import Handler, Progress
    from collector.services import Services

_BACKLOG: Final = 2048
# Filters travel in the URL, which counts as head.
_HEAD_BYTES_MAX: Final = 256 * 1024
_KEEP_ALIVE_SECONDS: Final = 75
_SWITCH_SECONDS: Final = 0.001


def configure(parser: ArgumentParser) -> None:
    parser.add_argument("--host", help="address to listen on (default: HOST, 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (default: PORT, 3000)")
    add_data(parser)


def run(arguments: Namespace) -> int:
    allocator.configure()
    # The event loop waits this long for the writer's thread to give way, three times per request.
    sys.setswitchinterval(_SWITCH_SECONDS)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    settings = load_settings(
        {"host": arguments.host, "port": arguments.port, "data_dir": arguments.data}
    )
    # Listening before anything is imported: early requests wait instead of being refused.
    with owned(settings.data_dir), _listening(settings) as listener:
        from collector import logs

        logs.configure(settings.log_level)
        asyncio.run(_serve(settings, listener))
    return 0


def _end(_number: int, _frame: object) -> NoReturn:
    """While uvicorn serves it has handlers of its own, and raises the signal again at the end."""
    raise SystemExit(0)


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    place = f"port {settings.port} of {settings.host}"
    try:
        listener = socket.create_server(
            (settings.host, settings.port),
            family=family,
            backlog=_BACKLOG,
            dualstack_ipv6=settings.host == "::" and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            message = f"{place} is taken; stop what listens there or choose another with --port"
        else:
            message = f"cannot listen on {place} ({error.strerror}); correct HOST and PORT"
        raise UnderstudyError(message) from error
    with listener:
        yield listener


async def _serve(settings: Settings, listener: socket.socket) -> None:
    import uvicorn

    from collector.app import build
    from collector.control import ControlServer

    app = build(settings)
    url = local_url(settings, listener.getsockname()[1])
    config = uvicorn.Config(
        app,
        lifespan="off",  # it is entered below, so that a refusal to start comes through as itself
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=max(1, int(settings.shutdown_seconds)),
        h11_max_incomplete_event_size=_HEAD_BYTES_MAX,
    )
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        _collect_seldom()
        async with ControlServer(settings.data_dir, _handlers(services, url)):
            telling = asyncio.create_task(_tell(services, url))
            try:
                await _server(config, app).serve(sockets=[listener])
            finally:
                telling.cancel()


def _collect_seldom() -> None:
    """What was imported is never garbage, and decoding makes many objects that live shortly.

    Collecting at Python's usual pace took more time than decoding a journal frame itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _server(config: Any, app: "FastAPI") -> Any:
    import uvicorn

    class Server(uvicorn.Server):
        """Says that it is closing from the signal on, not only when the last request is done."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            app.state.services.closing = True
            super().handle_exit(sig, frame)

    return Server(config)


async def _tell(services: "Services", url: str) -> None:
    """The address at once; what a first start made as soon as it is made."""
    from collector.commands.first_run import announcement

    print(f"understudy: serving on {url}, data in {services.settings.data_dir}", flush=True)
    await services.registry.until_prepared()
    if services.registry.first_run is not None:
        sys.stdout.write(announcement(services.registry.first_run, url))
        sys.stdout.flush()


def _handlers(services: "Services", url: str) -> "dict[str, Handler]":
    """What other processes may ask of this one."""
    registry = services.registry

    async def health(_arguments: dict[str, Any], _progress: "Progress") -> dict[str, Any]:
        return {"status": "OK", "url": url}

    async def migrate(arguments: dict[str, Any], progress: "Progress") -> dict[str, Any]:
        return await _performed("migrate", await registry.database(), arguments, progress)

    handlers: dict[str, Handler] = {
        "health": health,
        "keys": partial(_performed, "keys", registry),
        "users": partial(_performed, "users", registry),
        "models": partial(_performed, "models", registry),
        "reprice": partial(_performed, "reprice", services),
        "migrate": migrate,
    }
    if find_spec("collector.commands.seed") is not None:
        handlers["seed"] = partial(_performed, "seed", services)
    return handlers


async def _performed(
    command: str, parts: Any, arguments: dict[str, Any], progress: "Progress"
) -> dict[str, Any]:
    """The command's module is imported when it is first asked for."""
    from importlib import import_module

    module = import_module(f"collector.commands.{command}")
    perform: Callable[..., Awaitable[dict[str, Any]]] = module.perform
    return await perform(parts, arguments, progress)
