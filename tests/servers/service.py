"""The service itself, as a process of its own: started, asked, killed, started again."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from tests.servers.ports import free_port

PUBLIC_KEY = "pk-lf-00000000-0000-4000-8000-000000000001"
SECRET_KEY = "sk-lf-00000000-0000-4000-8000-000000000002"
PROJECT_ID = "project-under-test"
USER_EMAIL = "alice@example.org"
USER_PASSWORD = "correct horse battery staple"
_START_SECONDS = 30
# `ready` is answered earlier, when events are taken; this when they can be read.
READABLE = "/api/public/traces?limit=1"

FIRST_PROJECT = {
    "LANGFUSE_INIT_ORG_ID": "organisation-under-test",
    "LANGFUSE_INIT_ORG_NAME": "Organisation",
    "LANGFUSE_INIT_PROJECT_ID": PROJECT_ID,
    "LANGFUSE_INIT_PROJECT_NAME": "Project",
    "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": PUBLIC_KEY,
    "LANGFUSE_INIT_PROJECT_SECRET_KEY": SECRET_KEY,
    "LANGFUSE_INIT_USER_EMAIL": USER_EMAIL,
    "LANGFUSE_INIT_USER_NAME": "Alice",
    "LANGFUSE_INIT_USER_PASSWORD": USER_PASSWORD,
}


class Service:
    """One data folder and, while it runs, the process that owns it."""

    public_key = PUBLIC_KEY
    secret_key = SECRET_KEY
    project_id = PROJECT_ID
    user_email = USER_EMAIL
    user_password = USER_PASSWORD

    def __init__(self, data_dir: Path, environ: Mapping[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.log_path = data_dir.with_name(data_dir.name + ".log")
        self._environ = {**FIRST_PROJECT, **(environ or {})}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def authorization(self) -> str:
        pair = f"{self.public_key}:{self.secret_key}".encode()
        return "Basic " + b64encode(pair).decode()

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "the service is not running"
        return self._process

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def start(self, ready: str = READABLE) -> None:
        """Returns when `ready` answers 200; with an empty path, once the process is there."""
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                self.command("serve", "--port", str(self.port)),
                env=self.environ(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if ready:
            self.wait_for(ready)

    def command(self, *arguments: str) -> list[str]:
        """The command line of `understudy` with these arguments, to be run with `environ()`."""
        return [sys.executable, "-m", "collector", *arguments]

    def environ(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
        return {**kept, "DATA_DIR": str(self.data_dir), **self._environ}

    def wait_for(self, path: str, seconds: float = _START_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while self.status(path) != 200:
            if self.process.poll() is not None or time.monotonic() > deadline:
                code = self.process.poll()
                raise RuntimeError(
                    f"{path} is not answered (exit code {code}):\n{self.log[-3000:]}"
                )
            time.sleep(0.03)

    def status(self, path: str) -> int:
        """The status a GET with the project's key gets; 0 when nobody answers."""
        headers = {"Authorization": self.authorization}
        request = urllib.request.Request(self.base_url + path, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return 0

    def kill(self) -> None:
        """As a power cut would: no chance to tidy up."""
        self.process.kill()
        self.process.wait()
        self._process = None

    def stop(self, seconds: float = 15) -> int:
        """SIGTERM; the exit code. Raises when it takes longer."""
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self._process = None
        return code

    def close(self) -> None:
        """For the end of a test: nothing is left running, whatever happened."""
        if self._process is not None:
            self.kill()

    def rss_mib(self) -> float:
        """Resident memory now."""
        return self._memory_kib("VmRSS") / 1024

    def rss_peak_mib(self) -> float:
        """The most it ever was since the process started."""
        return self._memory_kib("VmHWM") / 1024

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _memory_kib(self, name: str) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise RuntimeError(f"the kernel does not tell {name}")
