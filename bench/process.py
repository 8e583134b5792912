"""The service under measurement: a process of its own on an empty data folder."""

import os
import signal
import socket
import subprocess
import sys
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from bench.connection import Address

PUBLIC_KEY, SECRET_KEY = "pk-lf-bench", "sk-lf-bench"
_PAIR = b64encode(f"{PUBLIC_KEY}:{SECRET_KEY}".encode()).decode()
_SETTINGS = {
    "LANGFUSE_INIT_ORG_ID": "bench",
    "LANGFUSE_INIT_PROJECT_ID": "bench",
    "LANGFUSE_INIT_PROJECT_PUBLIC_KEY": PUBLIC_KEY,
    "LANGFUSE_INIT_PROJECT_SECRET_KEY": SECRET_KEY,
}
_STOP_SECONDS = 30


class Process:
    """Started at once; `stop` ends it."""

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = int(probe.getsockname()[1])
        self.address = Address("127.0.0.1", self.port, f"Basic {_PAIR}")
        self.log_path = data_dir.with_name(data_dir.name + ".log")
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TZ") if name in os.environ}
        environ = {**kept, **_SETTINGS, **(settings or {}), "DATA_DIR": str(data_dir)}
        command = (sys.executable, "-m", "collector", "serve", "--port", str(self.port))
        with self.log_path.open("ab") as log:
            self._popen = subprocess.Popen(command, env=environ, stdout=log, stderr=log)

    @property
    def pid(self) -> int:
        """For a profiler."""
        return self._popen.pid

    def check(self) -> None:
        """Raises RuntimeError with the end of the log when the process is gone."""
        if self._popen.poll() is not None:
            raise RuntimeError(f"the service ended:\n{self.log_path.read_text()[-3000:]}")

    def rss_mib(self) -> float:
        """Resident now."""
        return self._status("VmRSS") / 1024

    def rss_anonymous_mib(self) -> float:
        """Of it what no file stands behind."""
        return self._status("RssAnon") / 1024

    def rss_peak_mib(self) -> float:
        """The most it ever was."""
        return self._status("VmHWM") / 1024

    def cpu_seconds(self) -> float:
        """User and system time so far."""
        text = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(text[11]) + int(text[12])) / os.sysconf("SC_CLK_TCK")

    def _status(self, name: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1])
        raise RuntimeError(f"the kernel does not tell {name}")

    def stop(self) -> None:
        """SIGTERM, and what it takes."""
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGTERM)
            try:
                self._popen.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait()
