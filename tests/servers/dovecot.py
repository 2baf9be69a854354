"""A private Dovecot as a plain process on free loopback ports, with as many users as the tests want."""

import base64
import contextlib
import getpass
import imaplib
import os
import shutil
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import jwt
import pytest
from imapclient import imap_utf7

from tests.servers.availability import program, unavailable
from tests.servers.ports import LOOPBACK, accepts_connections, eventually, free_port
from tests.servers.tls import Authority, Certificate

PASSWORD = "dovecot-test-password"

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
mail_location = maildir:~/Maildir
mail_fsync = never
maildir_very_dirty_syncs = no
first_valid_uid = 1
first_valid_gid = 1
mail_max_userip_connections = {connections}
auth_failure_delay = 0
imap_idle_notify_interval = 2 mins
{users}
auth_mechanisms = plain login xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
userdb {{
  driver = static
  # Whoever is asked for by an administrator has no password to check.
  args = uid={uid} gid={gid} home={folder}/mail/%u allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
}}
service imap-login {{
  {chroot}
  service_count = 0
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  {chroot}
}}
service stats {{
  {chroot}
}}
"""


#: Tokens are signed by the tests; the server knows the key and asks nobody.
OAUTH2 = """
introspection_mode = local
local_validation_key_dict = fs:posix:prefix={folder}/keys/
username_attribute = sub
"""
TOKEN_KEY = "throw-away key of private test servers"


def _wire_name(folder: str) -> str:
    """Return the folder name in modified UTF-7 (RFC 3501 section 5.1.3)."""
    return bytes(imap_utf7.encode(folder)).decode("ascii")


class MailUser:
    """One user of the server, with what a neighbour or an administrator could do to the mailbox."""

    def __init__(self, server: "DovecotServer", name: str) -> None:
        self._server = server
        self.name = name
        self.password = PASSWORD
        self.host = LOOPBACK
        self.port = server.port
        self.tls_port = server.tls_port

    @contextlib.contextmanager
    def connect(self) -> Iterator[imaplib.IMAP4]:
        """Sign in with the standard library's client: an independent witness of what is on the server."""
        connection = imaplib.IMAP4(self.host, self.port, timeout=30)
        try:
            connection.login(self.name, self.password)
            yield connection
        finally:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                connection.logout()

    def access_token(self, *, lasts_seconds: int = 3600) -> str:
        """Return an access token of this user (RFC 7519); one in the past is no good any more."""
        now = int(time.time())
        claims = {"sub": self.name, "iat": now - 7200, "exp": now + lasts_seconds}
        return jwt.encode(claims, TOKEN_KEY, algorithm="HS256")

    def append(
        self, message: bytes, *, folder: str = "INBOX", flags: str = "", at: datetime | None = None
    ) -> int:
        """Append over IMAP and return the UID (RFC 4315)."""
        date = imaplib.Time2Internaldate(at) if at else ""
        with self.connect() as connection:
            status, answer = connection.append(f'"{_wire_name(folder)}"', flags, date, message)
        if status != "OK":
            raise AssertionError(answer)
        return int(answer[0].split(b"APPENDUID ")[1].split()[1].rstrip(b"]"))

    def append_many(
        self, messages: Iterable[bytes], *, folder: str = "INBOX", at: datetime | None = None
    ) -> int:
        """Put messages straight into the Maildir: thousands in a second. Returns how many."""
        self.create(folder)
        target = self._server.maildir(self.name, folder) / "new"
        moment = at.timestamp() if at else time.time()
        count = 0
        for count, message in enumerate(messages, 1):
            path = target / f"{int(moment)}.{uuid.uuid4().hex}{count:07d}.example"
            path.write_bytes(message)
            os.utime(path, (moment, moment))
            self._server.own(path)
        return count

    def create(self, folder: str) -> None:
        """Create a folder unless it is there."""
        if folder != "INBOX":
            self.doveadm("mailbox", "create", "-u", self.name, folder, check=False)
        # Dovecot makes the directories when the folder is first looked at.
        self.doveadm("mailbox", "status", "-u", self.name, "messages", folder)

    def snapshot(self) -> dict[str, tuple[bytes, ...]]:
        """Return every folder's UIDs, flags (``\\Recent`` too), MODSEQ, sizes, dates, changing nothing."""
        result = {}
        with self.connect() as connection:
            for folder in self.folders():
                name = f'"{_wire_name(folder)}"'
                # RFC 7162: a MODSEQ rises with every change of a flag, whoever makes it.
                _, status = connection.status(name, "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN HIGHESTMODSEQ)")
                connection.select(name, readonly=True)
                _, answer = connection.uid("FETCH", "1:*", "(UID FLAGS MODSEQ RFC822.SIZE INTERNALDATE)")
                result[folder] = tuple(item for item in (*status, *answer) if isinstance(item, bytes))
        return result

    def folders(self) -> list[str]:
        """Return the folder names as the administrator sees them."""
        return self.doveadm("mailbox", "list", "-u", self.name).split("\n")[:-1]

    def set_uidvalidity(self, value: int, *, folder: str = "INBOX") -> None:
        """Change UIDVALIDITY under the messages."""
        self.doveadm("mailbox", "update", "--uid-validity", str(value), "-u", self.name, folder)

    def set_next_uid(self, value: int, *, folder: str = "INBOX") -> None:
        """Let the next message have at least this UID."""
        self.doveadm("mailbox", "update", "--min-next-uid", str(value), "-u", self.name, folder)

    def renumber(self, *, folder: str = "INBOX") -> None:
        """Lose the index and the UID list: a new UIDVALIDITY, and all messages are numbered again."""
        for path in self._server.maildir(self.name, folder).iterdir():
            if path.name.startswith("dovecot"):
                path.unlink()

    def expunge(self, uid: int, *, folder: str = "INBOX") -> None:
        """Delete a message for good."""
        self.doveadm("expunge", "-u", self.name, "mailbox", folder, "uid", str(uid))

    def move(self, uid: int, *, folder: str = "INBOX", to: str) -> None:
        """Move a message to another folder."""
        self.doveadm("move", "-u", self.name, to, "mailbox", folder, "uid", str(uid))

    def rename(self, folder: str, to: str) -> None:
        """Rename a folder."""
        self.doveadm("mailbox", "rename", "-u", self.name, folder, to)

    def delete(self, folder: str) -> None:
        """Delete a folder with all in it."""
        self.doveadm("mailbox", "delete", "-u", self.name, folder)

    def kick(self) -> None:
        """Cut the connections of this user."""
        self.doveadm("kick", self.name, check=False)

    def doveadm(self, *arguments: str, check: bool = True) -> str:
        """Run an administrator's command and return what it prints."""
        return self._server.doveadm(*arguments, check=check)


class DovecotServer:
    """One server process with its mail in a temporary folder."""

    def __init__(self, certificate: Certificate, *, connections: int = 50) -> None:
        self._program = program("Dovecot", "dovecot")
        self._doveadm = program("Dovecot", "doveadm")
        self.port, self.tls_port = free_port(), free_port()
        self._folder = Path(tempfile.mkdtemp(prefix="triage-dovecot-"))
        self._folder.chmod(0o755)
        (self._folder / "mail").mkdir()
        self._configuration = self._folder / "dovecot.conf"
        owner = self._owner()
        self._configuration.write_text(
            CONFIGURATION.format(
                folder=self._folder,
                certificate=certificate.certificate,
                key=certificate.key,
                connections=connections,
                password=PASSWORD,
                port=self.port,
                tls_port=self.tls_port,
                **owner,
            )
        )
        self.own(self._folder / "mail")
        (self._folder / "oauth2.conf").write_text(OAUTH2.format(folder=self._folder))
        key = self._folder / "keys" / "default" / "HS256" / "default"
        key.parent.mkdir(parents=True)
        key.write_text(base64.b64encode(TOKEN_KEY.encode()).decode())
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [str(self._program), "-F", "-c", str(self._configuration)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._wait()

    @property
    def pid(self) -> int:
        """The master process."""
        return self._process.pid

    def user(self, prefix: str = "user") -> MailUser:
        """Return a user that nobody else has."""
        return MailUser(self, f"{prefix}-{uuid.uuid4().hex[:10]}")

    def maildir(self, user: str, folder: str) -> Path:
        """Return where the messages of a folder are."""
        root = self._folder / "mail" / user / "Maildir"
        encoded = _wire_name(folder)
        return root if folder == "INBOX" else root / f".{encoded.replace('/', '.')}"

    def own(self, path: Path) -> None:
        """Give a file to the user that the server reads mail as."""
        if os.geteuid() == 0:
            shutil.chown(path, "mail", "mail")

    def doveadm(self, *arguments: str, check: bool = True) -> str:
        """Run an administrator's command on this server."""
        result = subprocess.run(
            [str(self._doveadm), "-c", str(self._configuration), *arguments],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
        if check and result.returncode != 0:
            raise AssertionError(f"doveadm {arguments[0]}: {result.stderr}")
        return result.stdout

    def log(self) -> str:
        """Return what the server logged so far."""
        return (self._folder / "log").read_text(errors="replace")

    def close(self) -> None:
        """Stop the process and remove its mail."""
        self._process.terminate()
        self._process.wait(timeout=20)
        shutil.rmtree(self._folder, ignore_errors=True)

    @staticmethod
    def _owner() -> dict[str, str]:
        if os.geteuid() == 0:
            return {"uid": "mail", "gid": "mail", "users": "", "chroot": ""}
        name = getpass.getuser()
        users = (
            f"default_internal_user = {name}\ndefault_login_user = {name}\ndefault_internal_group = {name}"
        )
        return {"uid": str(os.getuid()), "gid": str(os.getgid()), "users": users, "chroot": "chroot ="}

    def _wait(self) -> None:
        try:
            eventually(
                lambda: self._process.poll() is not None or accepts_connections(self.port),
                seconds=20,
                what="Dovecot",
            )
        except TimeoutError as error:
            self._process.kill()
            unavailable("Dovecot", str(error))
        if self._process.poll() is not None:
            said = (self._folder / "output").read_text(errors="replace").strip().splitlines()
            unavailable("Dovecot", f"it ended at once: {said[-1] if said else 'without a word'}")


@pytest.fixture(scope="session")
def dovecot_server(authority: Authority) -> Iterator[DovecotServer]:
    """The private server of this test process."""
    server = DovecotServer(authority.issue("dovecot"))
    yield server
    server.close()


@pytest.fixture
def dovecot(dovecot_server: DovecotServer) -> MailUser:
    """A user with an empty mailbox that only this test uses."""
    return dovecot_server.user()
