"""Generated mailboxes kept on disk, so that every run reads the same files without making them again."""

import hashlib
import inspect
import os
import shutil
from pathlib import Path

import platformdirs

from benchmarks import mail_file
from benchmarks import mailbox as generator
from tests.servers.dovecot import DovecotServer, MailUser

FOLDERS = ("INBOX", "Sent")


def kept_mail(count: int, *, seed: int = 7) -> Path:
    """Return a folder with a file for every message, in a folder for each mail folder; make it if missing.

    The name carries a hash of the generator: other code never gets the files of this one.
    """
    sources = "".join(inspect.getsource(module) for module in (generator, mail_file)).encode()
    version = hashlib.sha256(sources).hexdigest()[:12]
    kept = platformdirs.user_cache_path("triage-benchmarks") / f"mail-{version}-{seed}-{count}"
    if kept.is_dir():
        return kept
    making = kept.with_name(f"{kept.name}.{os.getpid()}")
    for folder in FOLDERS:
        (making / folder).mkdir(parents=True)
    for number, mail in enumerate(generator.mailbox(count, seed=seed)):
        size = len(mail.content)
        # The name is that of a Maildir file with its sizes: Dovecot need not count them.
        path = making / mail.folder / f"{int(mail.at.timestamp())}.{number:08d}.example,S={size},W={size}"
        path.write_bytes(mail.content)
        os.utime(path, (mail.at.timestamp(), mail.at.timestamp()))
    making.rename(kept)
    return kept


def size_bytes(kept: Path) -> int:
    """Return the size of all messages together."""
    return sum(path.stat().st_size for folder in FOLDERS for path in (kept / folder).iterdir())


def deliver(server: DovecotServer, kept: Path) -> MailUser:
    """Return a new user of the server with this mail, the server's indexes made and its files in memory."""
    user = server.user("bench")
    for folder in FOLDERS:
        user.create(folder)
        target = server.maildir(user.name, folder) / "new"
        for path in sorted((kept / folder).iterdir()):
            _place(path, target / path.name)
            server.own(target / path.name)
    warm(user)
    return user


def warm(user: MailUser) -> None:
    """Let the server know sizes, dates and structures, as one that other programs read from does."""
    with user.connect() as connection:
        for folder in FOLDERS:
            connection.select(folder, readonly=True)
            connection.uid("FETCH", "1:*", "(RFC822.SIZE INTERNALDATE BODYSTRUCTURE)")
            connection.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (DATE MESSAGE-ID)])")


def _place(source: Path, target: Path) -> None:
    """Link the file, or copy it where links do not reach."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
