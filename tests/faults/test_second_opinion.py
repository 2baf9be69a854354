"""mbsync reads the same server: what we keep of each message is what its file holds."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from models import RawContent
from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.faults.pulled import pull, without_addition
from tests.servers.dovecot import MailUser
from triage.mailbox.fetched import Fetched, unpack
from triage.mailbox.parse import reduce_message
from triage.store.database import Database

MESSAGES = Path(__file__).parent.parent / "messages"
AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def _header(fetched: Fetched) -> bytes:
    return _lines(fetched.header)


def _words(fetched: Fetched) -> tuple[tuple[str, bytes], ...]:
    """Section numbers and bytes of the words; attachments stay on the server and are not kept."""
    return tuple((part.section, _lines(part.content)) for part in fetched.parts)


def _lines(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").rstrip(b"\n")


def _is_well_framed(mail: bytes) -> bool:
    """Tell whether servers keep the bytes and mbsync takes them: it passes over a header without end."""
    lines = mail.replace(b"\r\n", b"\n")
    return b"\0" not in mail and b"\r" not in lines and b"\n\n" in lines


@pytest.mark.dovecot
def test_header_and_words_of_every_message_are_those_of_the_file_that_mbsync_pulls(
    program: Program, dovecot: MailUser, tmp_path: Path
) -> None:
    mails = [path.read_bytes() for path in sorted(MESSAGES.glob("*.eml"))]
    mails = [mail for mail in mails if _is_well_framed(mail)]
    dovecot.append_many(mails, at=AT)
    dovecot.append_many([letter("sent", sender="desk@vendor.example")], folder="Sent", at=AT)
    program.run("poll", "--once")

    database = Database(f"sqlite:///{program.folder / 'data' / 'triage.sqlite3'}")
    with database.read() as connection:
        kept = [unpack(packed) for packed in connection.scalars(sa.select(RawContent.content))]
    database.close()
    pulled = [reduce_message(message, received_at=AT) for message in pull(dovecot, tmp_path)]

    assert len(pulled) == len(mails) + 1 > 50
    assert sorted(map(_header, kept)) == sorted(map(_header, pulled))
    # Where the multiparts are broken the server and we differ on purpose, in what is a part.
    whole = {_header(one): _words(one) for one in pulled if not one.defects}
    assert len(whole) > 40
    assert {_header(one): _words(one) for one in kept if _header(one) in whole} == whole


def test_what_mbsync_adds_is_taken_back() -> None:
    plain = b"Subject: one\nTo: x@y.example\n\nX-TUID: stays in the words\n"
    added = plain.replace(b"To:", b"X-TUID: 1BJm/0fd\nTo:").replace(b"\n", b"\r\n")

    assert without_addition(added) == plain
