"""A realistic mailbox: several customers, own answers in Sent, lists, machines, attachments, odd headers.

The same arguments give the same bytes, on any machine.
"""

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

CUSTOMERS = 12
_OWN = "vendor.example"
_CHARSETS = ("utf-8", "utf-8", "utf-8", "iso-8859-1", "windows-1252")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One message and where it lies."""

    folder: str
    at: datetime
    content: bytes


def mailbox(
    count: int, *, seed: int = 7, start: datetime = datetime(2026, 1, 5, tzinfo=UTC)
) -> Iterator[Mail]:
    """Yield ``count`` messages in the order in which they came."""
    chance = random.Random(seed)
    words = [_word(chance) for _ in range(6000)]
    open_threads: list[tuple[int, str, str, str, str]] = []
    at = start
    for number in range(count):
        at += timedelta(seconds=chance.expovariate(1 / 600))
        roll = chance.random()
        if roll < 0.28 and open_threads:
            yield _answer(chance, words, number, at, open_threads.pop(chance.randrange(len(open_threads))))
        elif roll < 0.74:
            yield _question(chance, words, number, at, open_threads)
        else:
            yield _machine(chance, words, number, at)


def _question(
    chance: random.Random,
    words: list[str],
    number: int,
    at: datetime,
    opened: list[tuple[int, str, str, str, str]],
) -> Mail:
    customer = chance.randrange(CUSTOMERS)
    person = f"p{chance.randrange(9)}@customer{customer}.example"
    code = f"[C{customer}-{number}] " if chance.random() < 0.4 else ""
    subject = code + _line(chance, words, 5)
    body = _text(chance, words)
    message_id = f"q{number}.{chance.getrandbits(40):x}@customer{customer}.example"
    opened.append((number, message_id, person, subject, body))
    del opened[:-200]
    return _mail(
        "INBOX",
        number,
        at,
        chance,
        sender=person,
        to=f"desk@{_OWN}",
        subject=subject,
        body=body,
        message_id=message_id,
    )


def _answer(
    chance: random.Random, words: list[str], number: int, at: datetime, asked: tuple[int, str, str, str, str]
) -> Mail:
    _, parent, person, subject, body = asked
    quoted = "\n".join(f"> {line}" for line in body.splitlines())
    text = f"{_text(chance, words)}\n\nOn {at:%Y-%m-%d}, {person} wrote:\n{quoted}"
    return _mail(
        "Sent",
        number,
        at,
        chance,
        sender=f"desk@{_OWN}",
        to=person,
        subject=f"Re: {subject}",
        body=text,
        message_id=f"a{number}.{chance.getrandbits(40):x}@{_OWN}",
        parent=parent,
    )


def _machine(chance: random.Random, words: list[str], number: int, at: datetime) -> Mail:
    kind = chance.choice(("list", "list", "list", "monitor", "newsletter", "away"))
    headers = {
        "list": "List-Id: <users.lists.example>\nPrecedence: list\n",
        "monitor": "Auto-Submitted: auto-generated\n",
        "newsletter": "List-Unsubscribe: <https://news.example/u>\nPrecedence: bulk\n",
        "away": "Auto-Submitted: auto-replied\n",
    }[kind]
    return _mail(
        "INBOX",
        number,
        at,
        chance,
        sender=f"{kind}{chance.randrange(40)}@service.example",
        to=f"desk@{_OWN}",
        subject=_line(chance, words, 6),
        body=_text(chance, words),
        headers=headers,
        message_id=f"m{number}.{chance.getrandbits(40):x}@service.example",
    )


def _mail(
    folder: str,
    number: int,
    at: datetime,
    chance: random.Random,
    *,
    sender: str,
    to: str,
    subject: str,
    body: str,
    message_id: str,
    parent: str = "",
    headers: str = "",
) -> Mail:
    charset = chance.choice(_CHARSETS)
    # One in a hundred lies about its charset, as in real mailboxes.
    declared = "x-unknown" if number % 100 == 7 else charset
    reference = f"In-Reply-To: <{parent}>\nReferences: <{parent}>\n" if parent else ""
    date = "Fri, 31 Feb 2026 99:00" if number % 150 == 3 else format_datetime(at)
    received = "".join(
        f"Received: from hop{hop}.example by hop{hop + 1}.example with ESMTPS id {number}x{hop}; {date}\n"
        for hop in range(chance.randrange(2, 6))
    )
    head = (
        f"{received}From: {sender.partition('@')[0].title()} <{sender}>\nTo: {to}\n"
        f"Subject: {subject}\nDate: {date}\n"
        f"Message-ID: <{message_id}>\n{reference}{headers}MIME-Version: 1.0\n"
    )
    plain = f'Content-Type: text/plain; charset="{declared}"\nContent-Transfer-Encoding: 8bit\n\n{body}\n'
    if chance.random() < 0.22:
        size = min(int(chance.lognormvariate(10.5, 1.4)), 4_000_000)
        content = base64.encodebytes(chance.randbytes(size)).decode("ascii")
        boundary = f"b{number}"
        text = (
            f'{head}Content-Type: multipart/mixed; boundary="{boundary}"\n\n'
            f"--{boundary}\n{plain}\n--{boundary}\n"
            f'Content-Type: application/pdf; name="report-{number}.pdf"\nContent-Transfer-Encoding: base64\n'
            f'Content-Disposition: attachment; filename="report-{number}.pdf"\n\n{content}--{boundary}--\n'
        )
    else:
        text = head + plain
    return Mail(folder=folder, at=at, content=text.replace("\n", "\r\n").encode(charset, "replace"))


def _text(chance: random.Random, words: list[str]) -> str:
    lines = max(2, min(int(chance.lognormvariate(2.2, 0.8)), 200))
    return "\n".join(_line(chance, words, chance.randrange(6, 14)) for _ in range(lines))


def _line(chance: random.Random, words: list[str], count: int) -> str:
    # Low numbers are common words: a rough Zipf curve.
    return " ".join(words[int(len(words) * chance.random() ** 3)] for _ in range(count))


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("abcdefghijklmnoprstuvwz") for _ in range(chance.randrange(2, 11)))
