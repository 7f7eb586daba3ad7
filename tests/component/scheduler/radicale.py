"""A real CalDAV server: Radicale in a process of its own, with a password, its files in the test's folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import caldav
from requests.auth import HTTPBasicAuth

USER, PASSWORD = "noa", "correct horse"


@dataclass
class Radicale:
    """The server's calendars are made as they are asked for."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{USER}/"

    def start(self) -> None:
        """Listen, on the same port as before."""
        command = [sys.executable, "-m", "radicale", "--config", str(self._config())]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RADICALE")}
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "Radicale has ended"
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("Radicale does not listen")

    def stop(self) -> None:
        """Answer nobody, and keep what is stored."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def client(self) -> caldav.DAVClient:
        return caldav.DAVClient(self.url, auth=HTTPBasicAuth(USER, PASSWORD), timeout=10)

    def make(self, name: str) -> str:
        """A new calendar; its url."""
        with self.client() as client:
            client.mkcalendar(f"{self.url}{name}/")
        return f"{self.url}{name}/"

    def _config(self) -> Path:
        users, config = self.folder / "users", self.folder / "config"
        users.write_text(f"{USER}:{PASSWORD}\n")
        config.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\n"
            f"htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {self.folder / 'storage'}\n"
            "[logging]\nlevel = error\n"
        )
        return config


@contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    """A server on a free port, until the block ends."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = Radicale(folder, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()
