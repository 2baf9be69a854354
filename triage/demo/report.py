"""Mail that machines write: returned mail, read receipts, invitations."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

from triage.demo.letter import Letter
from triage.demo.people import DESK, OWN_DOMAIN, Person


def as_bounce(message: EmailMessage, *, recipient: Person, returned: str) -> None:
    """Make the mail a delivery status notification about one recipient (RFC 3464)."""
    message["Auto-Submitted"] = "auto-replied"
    message.set_content(
        f"I'm sorry to have to inform you that your message could not\n"
        f"be delivered to one or more recipients.\n\n"
        f"<{recipient.email}>: mailbox is full\n"
    )
    status = EmailMessage()
    status["Content-Type"] = "message/delivery-status"
    status.set_payload(
        [
            _fields({"Reporting-MTA": f"dns; mx.{OWN_DOMAIN}"}),
            _fields(
                {
                    "Final-Recipient": f"rfc822; {recipient.email}",
                    "Action": "failed",
                    "Status": "5.2.2",
                    "Diagnostic-Code": "smtp; 552 5.2.2 mailbox is full",
                }
            ),
        ]
    )
    headers = EmailMessage()
    headers.set_content(f"Message-ID: {returned}\nFrom: {DESK.email}\nTo: {recipient.email}\n")
    headers.set_type("text/rfc822-headers")
    _as_report(message, "delivery-status", status, headers)


def as_receipt(message: EmailMessage, letter: Letter, *, read: str) -> None:
    """Make the mail a disposition notification: somebody opened ours (RFC 8098)."""
    message.set_content(letter.text)
    notification = EmailMessage()
    notification["Content-Type"] = "message/disposition-notification"
    notification.set_payload(
        [
            _fields(
                {
                    "Final-Recipient": f"rfc822; {letter.sender.email}",
                    "Original-Message-ID": read,
                    "Disposition": "manual-action/MDN-sent-manually; displayed",
                }
            )
        ]
    )
    _as_report(message, "disposition-notification", notification)


def as_invitation(message: EmailMessage, letter: Letter, *, now: datetime) -> None:
    """Make the mail an invitation to a meeting in two days (RFC 6047)."""
    start = (now + timedelta(days=2)).astimezone(UTC).replace(hour=10, minute=0, second=0)
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Meridian Clinics//Calendar//EN",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{start:%Y%m%d}-steering@meridian-clinics.example",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
        f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{message['Subject']}",
        f"ORGANIZER;CN={letter.sender.name}:mailto:{letter.sender.email}",
        f"ATTENDEE;RSVP=TRUE:mailto:{DESK.email}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    message.set_content(letter.text)
    message.add_alternative("\r\n".join(lines), subtype="calendar", params={"method": "REQUEST"})


def _as_report(message: EmailMessage, kind: str, *parts: EmailMessage) -> None:
    message.make_mixed()
    message.set_type("multipart/report")
    message.set_param("report-type", kind)
    for part in parts:
        message.attach(part)


def _fields(values: dict[str, str]) -> EmailMessage:
    fields = EmailMessage()
    for name, value in values.items():
        fields[name] = value
    return fields
