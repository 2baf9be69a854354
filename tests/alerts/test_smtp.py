"""Handing one mail to a mail server."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Literal

import pytest

from tests.fakes.smtp import FakeSmtp, running
from tests.servers.ports import free_port
from tests.servers.tls import Authority
from triage.alerts.smtp import SmtpServer, compose, send_mail
from triage.core.errors import DeliveryError

SENT_AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def mail() -> EmailMessage:
    return compose(
        "triage@vendor.example", "desk@vendor.example", "A subject", "Words.\n.\nMore.\n", sent_at=SENT_AT
    )


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_mail_goes_encrypted_and_signed_in(
    security: Literal["tls", "starttls"], authority: Authority
) -> None:
    taken: list[bytes] = []
    tls = authority.issue("localhost").server_context()
    with running(FakeSmtp(deliver=taken.append, tls=tls, starts_tls=security == "starttls")) as fake:
        server = SmtpServer(
            host="localhost", port=fake.port, security=security, user="triage", ca_file=authority.certificate
        )
        send_mail(server, mail(), password="secret")

    (found,) = (message_from_bytes(one, policy=policy.default) for one in taken)
    assert (found["Subject"], found["Auto-Submitted"]) == ("A subject", "auto-generated")
    assert found.get_content().split() == ["Words.", ".", "More."]
    assert fake.was_encrypted == [True]
    assert fake.commands.index("AUTH") < fake.commands.index("MAIL")


@pytest.mark.parametrize(
    ("answers", "words", "permanent"),
    [
        ({"AUTH": "535 no"}, "refused the sign-in", True),
        ({"RCPT": "550 nobody"}, "refused the recipient", True),
        ({"RCPT": "450 later"}, "refused the recipient", False),
        ({"MAIL": "451 later"}, "refused the mail", False),
        ({"EHLO": "250 fake"}, "does not offer", True),
        ({"CONNECT": "421 busy"}, "refused the mail", False),
    ],
)
def test_refusal_is_told_without_secrets(answers: dict[str, str], words: str, *, permanent: bool) -> None:
    with running(FakeSmtp(answers=answers)) as fake:
        server = SmtpServer(host="127.0.0.1", port=fake.port, security="plain", user="triage")
        with pytest.raises(DeliveryError, match=words) as raised:
            send_mail(server, mail(), password="hunter2")

    assert raised.value.permanent is permanent
    assert "hunter2" not in str(raised.value)
    assert "@" not in str(raised.value)


def test_server_that_is_down_is_tried_again() -> None:
    with pytest.raises(DeliveryError, match="cannot be used now") as raised:
        send_mail(SmtpServer(host="127.0.0.1", port=free_port(), security="plain"), mail())

    assert not raised.value.permanent


def test_certificate_of_a_stranger_gets_nothing(authority: Authority) -> None:
    tls = authority.issue("localhost").server_context()
    with running(FakeSmtp(tls=tls)) as fake:
        with pytest.raises(DeliveryError, match="certificate cannot be trusted"):
            send_mail(SmtpServer(host="localhost", port=fake.port, security="tls"), mail())

        assert fake.commands == []


def test_starttls_that_is_not_offered_sends_nothing_in_the_clear() -> None:
    with running(FakeSmtp()) as fake:
        server = SmtpServer(host="127.0.0.1", port=fake.port, security="starttls", user="triage")
        with pytest.raises(DeliveryError, match="does not offer"):
            send_mail(server, mail(), password="secret")

        assert not {"AUTH", "MAIL", "DATA"} & set(fake.commands)


def test_nothing_leaves_this_machine_in_the_clear() -> None:
    with pytest.raises(DeliveryError, match="not on this machine"):
        send_mail(SmtpServer(host="smtp.vendor.example", port=25, security="plain"), mail())
