"""From letters to mail as it comes over the wire."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from triage.demo.letter import Kind, Letter, Story, Style, instant
from triage.demo.people import DESK, OWN_DOMAIN, Person
from triage.demo.quote import Quoted, html_body, text_body
from triage.demo.report import as_bounce, as_invitation, as_receipt

INBOX, SENT = "INBOX", "Sent"

#: Mail takes a few seconds from the sender to the server.
_TRANSIT = timedelta(seconds=4)

#: Letters of other stories that a letter may claim to answer.
MessageIds = Mapping[tuple[str, int], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoMail:
    """A message for the demo server.

    Attributes:
        received_at: What the server says as INTERNALDATE.
    """

    folder: str
    received_at: datetime
    content: bytes


def compose(story: Story, *, now: datetime, ids: MessageIds | None = None) -> tuple[DemoMail, ...]:
    """Return the mails of a story, in order. The same story and instant always give the same bytes.

    Args:
        ids: Message-IDs of the letters that ``Letter.answers`` may name.
    """
    mails = []
    for number, letter in enumerate(story.letters):
        message = EmailMessage(policy=SMTP)
        received_at = instant(letter.when, zone=story.zone, now=now)
        _address(message, story, number)
        message["Subject"] = _subject(story, number)
        message["Date"] = format_datetime((received_at - _TRANSIT).astimezone(letter.sender.zone))
        message["Message-ID"] = message_id(story, number, now=now)
        _link(message, story, number, now=now, ids=ids or {})
        _fill(message, story, number, now=now)
        _fix_boundaries(message, f"{story.name}-{number}")
        mails.append(DemoMail(folder=_folder(letter), received_at=received_at, content=message.as_bytes()))
    return tuple(mails)


def message_id(story: Story, number: int, *, now: datetime) -> str:
    """Return the Message-ID of a letter."""
    digest = hashlib.sha256(f"{story.name}:{number}:{now.isoformat()}".encode()).hexdigest()[:16]
    domain = story.letters[number].sender.email.partition("@")[2]
    return f"<{story.name}.{number + 1}.{digest}@{domain}>"


def _fix_boundaries(message: EmailMessage, seed: str) -> None:
    """Set the separators of the parts, which would be drawn at random otherwise."""
    for number, part in enumerate(message.walk()):
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            digest = hashlib.sha256(f"{seed}:{number}".encode()).hexdigest()
            part.set_boundary(f"=_{digest[:24]}")


def _folder(letter: Letter) -> str:
    """A colleague's own sent mail lies elsewhere; the desk gets a copy of it."""
    return SENT if letter.sender.is_ours and DESK not in letter.cc else INBOX


def _address(message: EmailMessage, story: Story, number: int) -> None:
    letter = story.letters[number]
    to = letter.to or (_correspondent(story, number) if letter.sender.is_ours else DESK)
    if not letter.sender.is_ours:
        domain = letter.sender.email.partition("@")[2]
        message["Delivered-To"] = DESK.email
        message["Authentication-Results"] = (
            f"mx.{OWN_DOMAIN}; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={letter.sender.email}"
        )
    message["From"] = _mailbox(letter.sender)
    message["To"] = _mailbox(to)
    if letter.cc:
        message["Cc"] = tuple(_mailbox(person) for person in letter.cc)


def _correspondent(story: Story, number: int) -> Person:
    """Return who is written to: the last one from outside who wrote."""
    return next(letter.sender for letter in reversed(story.letters[:number]) if not letter.sender.is_ours)


def _mailbox(person: Person) -> Address:
    return Address(display_name=person.name, addr_spec=person.email)


def _subject(story: Story, number: int) -> str:
    letter = story.letters[number]
    is_german = letter.sender.language == "de"
    match letter.kind:
        case Kind.ABSENCE:
            return f"{'Automatische Antwort' if is_german else 'Automatic reply'}: {story.subject}"
        case Kind.BOUNCE:
            return "Undelivered Mail Returned to Sender"
        case Kind.RECEIPT:
            return f"{'Gelesen' if is_german else 'Read'}: {story.subject}"
        case _ if number == 0:
            return story.subject
    return f"{'AW' if is_german and letter.style is Style.OUTLOOK else 'Re'}: {story.subject}"


def _link(message: EmailMessage, story: Story, number: int, *, now: datetime, ids: MessageIds) -> None:
    letter = story.letters[number]
    if letter.answers is not None:
        message["In-Reply-To"] = message["References"] = ids[letter.answers]
    elif number and letter.style is not Style.PHONE and letter.kind is not Kind.BOUNCE:
        chain = [message_id(story, earlier, now=now) for earlier in range(number)]
        message["In-Reply-To"] = chain[-1]
        message["References"] = " ".join(chain)
    if letter.list_id:
        message["List-Id"] = f"<{letter.list_id}>"
        message["Precedence"] = "list"


def _fill(message: EmailMessage, story: Story, number: int, *, now: datetime) -> None:
    letter = story.letters[number]
    match letter.kind:
        case Kind.BOUNCE:
            as_bounce(
                message,
                recipient=_correspondent(story, number - 1),
                returned=message_id(story, number - 1, now=now),
            )
        case Kind.RECEIPT:
            as_receipt(message, letter, read=message_id(story, number - 1, now=now))
        case Kind.INVITATION:
            as_invitation(message, letter, now=now)
        case Kind.ABSENCE:
            message["Auto-Submitted"] = "auto-replied"
            message["X-Auto-Response-Suppress"] = "All"
            message.set_content(letter.text, cte="quoted-printable")
        case Kind.NEWSLETTER:
            domain = letter.sender.email.partition("@")[2]
            message["List-Id"] = f"<news.{domain}>"
            message["List-Unsubscribe"] = f"<mailto:unsubscribe@{domain}>"
            message["Precedence"] = "bulk"
            # Mass mail is sent with a return path of its own for every recipient.
            message["Return-Path"] = f"<bounce-4711-{DESK.email.replace('@', '=')}@{domain}>"
            message.set_content(letter.text, cte="quoted-printable")
        case Kind.LETTER:
            _write_letter(message, story, number, now=now)


def _write_letter(message: EmailMessage, story: Story, number: int, *, now: datetime) -> None:
    letter = story.letters[number]
    earlier = _earlier(story, number, now=now)
    message.set_content(text_body(letter, earlier), cte="quoted-printable")
    if letter.style in {Style.GMAIL, Style.OUTLOOK}:
        message.add_alternative(html_body(letter, earlier), subtype="html", cte="quoted-printable")
    for file in letter.files:
        maintype, _, subtype = file.content_type.partition("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)


def _earlier(story: Story, number: int, *, now: datetime) -> Quoted | None:
    """Return the letter that is quoted: the last one that a person wrote."""
    if story.letters[number].style is Style.PHONE:
        return None
    for letter in reversed(story.letters[:number]):
        if letter.kind is Kind.LETTER:
            at = instant(letter.when, zone=story.zone, now=now).astimezone(letter.sender.zone)
            return Quoted(letter=letter, subject=story.subject, at=at)
    return None
