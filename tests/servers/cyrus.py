"""A private Cyrus: its own configuration, any password, a new user for every test."""

import getpass
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.availability import unavailable
from tests.servers.neighbour import Neighbour
from tests.servers.ports import accepts_connections, eventually, free_port
from tests.servers.unpacked import libraries, unpacked

PASSWORD = "cyrus-test-password"

SETTINGS = """\
configdirectory: {folder}/conf
defaultpartition: default
partition-default: {folder}/spool
admins: admin
sasl_pwcheck_method: alwaystrue
sasl_mech_list: PLAIN
allowplaintext: yes
unixhierarchysep: yes
altnamespace: yes
cyrus_user: {user}
cyrus_group: {group}
"""
SERVICES = """\
START {{
  recover cmd="{programs}/ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  imap cmd="{programs}/imapd -C {folder}/imapd.conf" listen="127.0.0.1:{port}" prefork=1
}}
EVENTS {{
  checkpoint cmd="{programs}/ctl_cyrusdb -C {folder}/imapd.conf -c" period=60
}}
DAEMON {{
  idled cmd="{programs}/idled -C {folder}/imapd.conf"
}}
"""


class CyrusServer:
    """One master process with its mail in a temporary folder."""

    def __init__(self) -> None:
        programs = unpacked("Cyrus", "usr/lib/cyrus/bin/master").parent
        # The mail user of every Debian; nothing is added to the machine.
        user, group = ("mail", "mail") if os.geteuid() == 0 else (getpass.getuser(), "")
        self.port = free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="triage-cyrus-"))
        for name in ("conf/db", "conf/socket", "conf/proc", "conf/log", "conf/msg", "spool"):
            (self._folder / name).mkdir(parents=True)
        settings = SETTINGS.format(folder=self._folder, user=user, group=group)
        (self._folder / "imapd.conf").write_text("".join(_lines_with_a_value(settings)))
        (self._folder / "cyrus.conf").write_text(
            SERVICES.format(folder=self._folder, programs=programs, port=self.port)
        )
        if os.geteuid() == 0:
            for path in (self._folder, *self._folder.rglob("*")):
                shutil.chown(path, user, group)
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(str(programs / "master"), "-D", "-C", str(self._folder / "imapd.conf")),
                    *("-M", str(self._folder / "cyrus.conf"), "-p", str(self._folder / "pid")),
                ],
                env=os.environ | libraries(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        try:
            eventually(self._is_up, seconds=30, what="Cyrus")
        except TimeoutError as error:
            self.close()
            unavailable("Cyrus", str(error))

    def user(self) -> Neighbour:
        """Return a user that nobody else has, with an inbox and a Sent folder that is marked."""
        name = f"user{uuid.uuid4().hex[:10]}"
        admin = Neighbour(port=self.port, name="admin", password=PASSWORD)
        admin.create(f"user/{name}")
        user = Neighbour(port=self.port, name=name, password=PASSWORD)
        with user.connect() as connection:
            status, answer = connection.create("Sent (USE (\\Sent))")
        if status != "OK":
            raise AssertionError(answer)
        return user

    def close(self) -> None:
        """Stop the processes and remove the mail."""
        self._process.terminate()
        self._process.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _is_up(self) -> bool:
        if self._process.poll() is not None:
            unavailable("Cyrus", f"it ended at once with status {self._process.returncode}")
        return accepts_connections(self.port)


def _lines_with_a_value(settings: str) -> list[str]:
    """Cyrus refuses a line without a value."""
    return [line for line in settings.splitlines(keepends=True) if not line.rstrip().endswith(":")]


@pytest.fixture(scope="session")
def cyrus_server() -> Iterator[CyrusServer]:
    """The server of this test process."""
    server = CyrusServer()
    yield server
    server.close()


@pytest.fixture
def cyrus(cyrus_server: CyrusServer) -> Neighbour:
    """A user with an empty mailbox that only this test uses."""
    return cyrus_server.user()
