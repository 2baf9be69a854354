"""Identity by content."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from triage.core.identity import content_hash
from triage.core.ids import HeaderId
from triage.core.message import Address, Message

MAIL = Message(
    message_id=HeaderId("a@x.example"),
    senders=(Address(name="Ann", email="Ann@x.example"),),
    subject="Re: Invoice",
    sent_at=datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
    received_at=datetime(2026, 3, 2, 9, 1, tzinfo=UTC),
    text="Please send it again.\n\nAnn",
)


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(replace(MAIL, received_at=MAIL.received_at + timedelta(hours=3)), id="other mailbox"),
        pytest.param(replace(MAIL, text="Please send it again.\r\n\r\n\r\nAnn \n"), id="white space"),
        pytest.param(replace(MAIL, subject="[list] Re: Invoice"), id="list name in the subject"),
        pytest.param(replace(MAIL, senders=(Address(email="ann@X.example"),)), id="display name and case"),
        pytest.param(
            replace(MAIL, sent_at=datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=1)))),
            id="Date in another zone",
        ),
        pytest.param(replace(MAIL, size_bytes=99, gmail_thread_id="1"), id="facts of the server"),
    ],
)
def test_the_same_mail_read_twice_is_one_message(copy: Message) -> None:
    assert content_hash(copy) == content_hash(MAIL)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(MAIL, text="Please do not send it again.\n\nAnn"), id="words"),
        pytest.param(replace(MAIL, message_id=HeaderId("b@x.example")), id="Message-ID"),
        pytest.param(replace(MAIL, message_id=None), id="no Message-ID"),
        pytest.param(replace(MAIL, senders=(Address(email="bob@x.example"),)), id="sender"),
        pytest.param(replace(MAIL, senders=()), id="no sender"),
        pytest.param(replace(MAIL, subject="Order"), id="subject"),
        pytest.param(replace(MAIL, sent_at=datetime(2026, 3, 2, 9, 0, 1, tzinfo=UTC)), id="Date"),
        pytest.param(replace(MAIL, sent_at=None), id="no Date"),
    ],
)
def test_other_content_under_the_same_message_id_is_another_message(other: Message) -> None:
    assert content_hash(other) != content_hash(MAIL)


def test_the_hash_has_sixty_four_hexadecimal_digits() -> None:
    digest = content_hash(MAIL)

    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")
