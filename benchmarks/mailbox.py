"""A realistic mailbox: several customers, own answers in Sent, lists, machines, attachments, odd headers.

The same arguments give the same bytes, on any machine. Sizes follow what offices have: half of the
messages are below about 12 KB, one in ten is above 120 KB, and the mean is near 75 KB, nearly all of
it attachments.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from benchmarks.mail_file import Filler, Letter, mail_file

CUSTOMERS = 12
START = datetime(2026, 1, 5, tzinfo=UTC)
_OWN = "vendor.example"
_PEOPLE = 9
_LANGUAGE = 30_000
#: Threads that may still get another mail.
_OPEN_THREADS = 200
#: What mail programs quote of a long exchange, in characters.
_LONGEST_QUOTE = 14_000
_MACHINES = {
    "list": ("List-Id: <users.lists.example>", "Precedence: list"),
    "monitor": ("Auto-Submitted: auto-generated",),
    "newsletter": ("List-Unsubscribe: <https://news.example/u>", "Precedence: bulk"),
    "away": ("Auto-Submitted: auto-replied",),
    "bounce": ("Auto-Submitted: auto-replied", "X-Failed-Recipients: gone@customer0.example"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """One message and where it lies."""

    folder: str
    at: datetime
    content: bytes


@dataclass(slots=True)
class _Talk:
    """A conversation with one person of a customer."""

    person: str
    subject: str
    ids: list[str] = field(default_factory=list)
    #: The last mail with all that it quotes.
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """Whose mailbox it is.

    Attributes:
        every_seconds: Mean time between two messages.
        has_files: Whether anything is attached.
    """

    customers: int = CUSTOMERS
    every_seconds: float = 600
    has_files: bool = True


def mailbox(
    count: int, *, seed: int = 7, start: datetime = START, office: Office = Office()
) -> Iterator[Mail]:
    """Yield ``count`` messages in the order in which they came."""
    return _Writer(seed, start, office).mails(count)


class _Writer:
    """Writes mail, one after the other."""

    def __init__(self, seed: int, start: datetime, office: Office) -> None:
        self._office = office
        self._chance = random.Random(seed)
        self._words = [_word(self._chance) for _ in range(_LANGUAGE)]
        self._filler = Filler(self._chance)
        self._at = start
        self._waiting: list[_Talk] = []
        self._answered: list[_Talk] = []

    def mails(self, count: int) -> Iterator[Mail]:
        for number in range(count):
            self._at += timedelta(seconds=self._chance.expovariate(1 / self._office.every_seconds))
            roll = self._chance.random()
            if roll < 0.28 and self._waiting:
                yield self._answer(number)
            elif roll < 0.71:
                yield self._question(number)
            else:
                yield self._machine(number, roll)

    def _question(self, number: int) -> Mail:
        """Write as a customer: something new, or once more about the same."""
        chance = self._chance
        if self._answered and chance.random() < 0.4:
            talk = self._answered.pop(chance.randrange(len(self._answered)))
        else:
            customer = chance.randrange(self._office.customers)
            code = f"[C{customer}-{number}] " if chance.random() < 0.4 else ""
            person = f"p{chance.randrange(_PEOPLE)}@customer{customer}.example"
            talk = _Talk(person, code + self._line(5))
        mail = self._turn(number, talk, folder="INBOX", sender=talk.person, to=f"desk@{_OWN}")
        self._waiting.append(talk)
        del self._waiting[:-_OPEN_THREADS]
        return mail

    def _answer(self, number: int) -> Mail:
        talk = self._waiting.pop(self._chance.randrange(len(self._waiting)))
        mail = self._turn(number, talk, folder="Sent", sender=f"desk@{_OWN}", to=talk.person)
        self._answered.append(talk)
        del self._answered[:-_OPEN_THREADS]
        return mail

    def _turn(self, number: int, talk: _Talk, *, folder: str, sender: str, to: str) -> Mail:
        """Write the next mail of a conversation above all that was said before."""
        other = to if folder == "Sent" else f"desk@{_OWN}"
        text = self._text()
        if talk.text:
            quoted = "\n".join(f"> {line}" for line in talk.text[:_LONGEST_QUOTE].splitlines())
            text = f"{text}\n\nOn {self._at:%Y-%m-%d}, {other} wrote:\n{quoted}"
        message_id = f"{number}.{self._chance.getrandbits(40):x}@{sender.partition('@')[2]}"
        subject = f"Re: {talk.subject}" if talk.ids else talk.subject
        letter = Letter(
            number=number,
            sender=sender,
            to=to,
            subject=subject,
            message_id=message_id,
            references=tuple(talk.ids[-20:]),
            text=text,
            html_chance=0.6,
            attachment_chance=0.25 * self._office.has_files,
        )
        talk.ids.append(message_id)
        talk.text = text
        return self._mail(folder, letter)

    def _machine(self, number: int, roll: float) -> Mail:
        bounds = (("list", 0.87), ("monitor", 0.93), ("newsletter", 0.965), ("away", 0.992))
        kind = next((name for name, bound in bounds if roll < bound), "bounce")
        letter = Letter(
            number=number,
            sender=f"{kind}{self._chance.randrange(40)}@service.example",
            to=f"desk@{_OWN}",
            subject=self._line(6),
            message_id=f"{number}.{self._chance.getrandbits(40):x}@service.example",
            text=self._text(),
            headers=_MACHINES[kind],
            html_chance=1.0 if kind == "newsletter" else 0.0,
            attachment_chance=0.05 * self._office.has_files,
        )
        return self._mail("INBOX", letter)

    def _mail(self, folder: str, letter: Letter) -> Mail:
        # A few dates are nonsense, as in real mailboxes.
        date = "Fri, 31 Feb 2026 99:00" if letter.number % 150 == 3 else format_datetime(self._at)
        content = mail_file(letter, date, self._chance, self._filler)
        return Mail(folder=folder, at=self._at, content=content)

    def _text(self) -> str:
        lines = max(3, min(int(self._chance.lognormvariate(2.85, 0.7)), 300))
        return "\n".join(self._line(self._chance.randrange(6, 14)) for _ in range(lines))

    def _line(self, count: int) -> str:
        # Low numbers are common words: a rough Zipf curve.
        words, chance = self._words, self._chance
        return " ".join(words[int(len(words) * chance.random() ** 4)] for _ in range(count))


def _word(chance: random.Random) -> str:
    return "".join(chance.choice("abcdefghijklmnoprstuvwzäéß") for _ in range(chance.randrange(2, 11)))
