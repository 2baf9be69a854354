"""What mbsync pulls from the same server: a second opinion on which mail there is, by other people's code.

mbsync (isync) writes whole messages into Maildirs. It adds one header field of its own, X-TUID, and
stores line feeds; both are taken back before anything is compared.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.servers.availability import program, unavailable
from tests.servers.dovecot import MailUser

_CONFIGURATION = """
IMAPStore server
Host {host}
Port {port}
User {user}
Pass {password}
SSLType None
AuthMechs LOGIN

MaildirStore here
Path {folder}/
Inbox {folder}/INBOX
SubFolders Verbatim

Channel all
Far :server:
Near :here:
Patterns INBOX Sent
Create Near
Sync Pull New
SyncState *
CopyArrivalDate yes
"""
_ADDED = re.compile(rb"^X-TUID: [^\n]*\n", re.MULTILINE)


def pull(user: MailUser, folder: Path) -> Iterator[bytes]:
    """Yield every message in the inbox and the folder of sent mail, with line feeds, in no order."""
    mbsync = program("mbsync", "mbsync")
    target = folder / "pulled"
    target.mkdir()
    configuration = folder / "mbsyncrc"
    configuration.write_text(
        _CONFIGURATION.format(
            host=user.host, port=user.port, user=user.name, password=user.password, folder=target
        )
    )
    done = subprocess.run(
        [str(mbsync), "--config", str(configuration), "--all", "--quiet"],
        check=False,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode != 0:
        if "AuthMech" in done.stderr:
            unavailable("mbsync", f"it cannot sign in: {done.stderr.strip()}")
        raise AssertionError(done.stderr)
    for path in target.glob("*/[cn]*/*"):
        yield without_addition(path.read_bytes())
    shutil.rmtree(target)


def without_addition(message: bytes) -> bytes:
    """Return the message as it was before mbsync noted its own field in the header."""
    message = message.replace(b"\r\n", b"\n")
    header, blank, body = message.partition(b"\n\n")
    return _ADDED.sub(b"", header + b"\n", count=1)[:-1] + blank + body
