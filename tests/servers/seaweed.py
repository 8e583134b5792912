"""A real SeaweedFS with an S3 door, every port chosen."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.servers.ports import free_ports

ACCESS_KEY_ID = "understudy"
SECRET_ACCESS_KEY = "only-for-tests"
_PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
)
_START_SECONDS = 40
_STOP_SECONDS = 2


class Seaweed:
    """One server; it ignores SIGTERM for long, so it is killed after a grace."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="seaweed-"))
        self.ports = dict(zip(_PORTS, free_ports(len(_PORTS)), strict=True))
        self._process: subprocess.Popen[bytes] | None = None
        identity = {
            "name": "tests",
            "credentials": [{"accessKey": ACCESS_KEY_ID, "secretKey": SECRET_ACCESS_KEY}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        (self.folder / "s3.json").write_text(json.dumps({"identities": [identity]}))

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.ports['s3.port']}"

    def start(self) -> None:
        command = [
            str(Path(sys.executable).with_name("weed")),
            "server",
            "-s3",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-dir={self.folder}",
            f"-s3.config={self.folder / 's3.json'}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.volumeSizeLimitMB=64",
            "-volume.max=64",
            *(f"-{name}={port}" for name, port in self.ports.items()),
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder)
        self._wait_until_it_answers()

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")[-2000:]
                raise RuntimeError(f"weed does not answer; the end of its log:\n{log}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        """The S3 door is open and a volume server stands behind it."""
        try:
            with urllib.request.urlopen(f"{self.endpoint}/status", timeout=1):
                pass
            master = f"http://127.0.0.1:{self.ports['master.port']}/dir/assign"
            with urllib.request.urlopen(master, timeout=1) as answer:
                return "fid" in json.load(answer)
        except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError):
            return False
