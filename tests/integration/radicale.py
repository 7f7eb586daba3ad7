"""A real CalDAV server: Radicale in a process of its own, with a password, its files in the test's folder."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

import caldav
import icalendar
from requests.auth import HTTPBasicAuth

USER, PASSWORD = "noa", "correct horse"
_HEADERS = {"Content-Type": "text/calendar; charset=utf-8"}


@dataclass
class Radicale:
    """Calendars are made as they are asked for."""

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
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise ChildProcessError("Radicale has ended")
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

    def make(self) -> "Person":
        """A new calendar, and somebody who uses it."""
        url = f"{self.url}{uuid4().hex}/"
        with self.client() as client:
            client.mkcalendar(url)
        return Person(self, url)

    def _config(self) -> Path:
        users, config = self.folder / "users", self.folder / "config"
        users.write_text(f"{USER}:{PASSWORD}\n")
        config.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {users}\n"
            f"htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {self.folder / 'storage'}\n"
            "[logging]\nlevel = error\n"
        )
        return config


@dataclass
class Person:
    """Somebody who uses the calendar with a program of their own."""

    server: Radicale
    url: str

    def add(self, start: datetime, end: datetime, uid: str = "", **properties: str) -> str:
        """A new event; its UID."""
        uid = uid or uuid4().hex
        event = icalendar.Event()
        event.add("uid", uid)
        event.add("dtstamp", start)
        event.add("dtstart", start)
        event.add("dtend", end)
        self.put(f"{uid}.ics", event.to_ical().decode(), properties)
        return uid

    def repeat(self, start: str, end: str, rule: str) -> None:
        """An event at wall times of Israel, again and again."""
        zone = "TZID=Asia/Jerusalem"
        lines = f"BEGIN:VEVENT\r\nUID:again\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;{zone}:{start}\r\n"
        self.put("again.ics", f"{lines}DTEND;{zone}:{end}\r\nRRULE:{rule}\r\nEND:VEVENT\r\n")

    def move(self, uid: object, start: datetime, end: datetime) -> None:
        """Drag an event to another time."""
        with self.server.client() as client:
            found = client.calendar(url=self.url).event_by_uid(str(uid))
            event = found.icalendar_component
            for name, at in (("dtstart", start), ("dtend", end)):
                del event[name]
                event.add(name, at)
            client.put(str(found.url), found.icalendar_instance.to_ical().decode(), _HEADERS)

    def remove(self, uid: object) -> None:
        """Delete an event."""
        with self.server.client() as client:
            client.delete(str(client.calendar(url=self.url).event_by_uid(str(uid)).url))

    def events(self) -> list[icalendar.Event]:
        """Everything the calendar shows."""
        with self.server.client() as client:
            return [each.icalendar_component for each in client.calendar(url=self.url).events()]

    def at(self) -> list[datetime]:
        """When the events begin."""
        return sorted(each.start.astimezone(UTC) for each in self.events())

    def put(self, name: str, event: str, properties: Mapping[str, str] = MappingProxyType({})) -> None:
        """A file of the calendar as it is."""
        more = "".join(f"{key.upper()}:{value}\r\n" for key, value in properties.items())
        event = event.replace("END:VEVENT", f"{more}END:VEVENT")
        text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//somebody\r\n{event}END:VCALENDAR\r\n"
        with self.server.client() as client:
            assert client.put(f"{self.url}{name}", text, _HEADERS).status in (201, 204)


@contextmanager
def radicale(folder: Path) -> Iterator[Radicale]:
    """A server on a free port, until the block ends."""
    server = _listening(folder)
    try:
        yield server
    finally:
        server.stop()


def _listening(folder: Path) -> Radicale:
    for _ in range(3):
        with closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            server = Radicale(folder, probe.getsockname()[1])
        try:
            server.start()
        except ChildProcessError:  # somebody else took the port meanwhile
            continue
        return server
    raise AssertionError("Radicale ends as soon as it is started")
