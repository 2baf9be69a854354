"""A made-up IT-services vendor with its customers, their projects, their mail and their impostors.

Everything is drawn from a seed: the same arguments give the same mails. Words are invented, so no
knowledge of a language helps a model. Topics overlap between projects and drift with time, people
work on several projects, and some projects never get a label.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import accumulate

from triage.core.direction import Direction, Own
from triage.core.ids import AccountId, HeaderId, ProjectId
from triage.core.message import Address, Message, Zone, ZoneKind
from triage.core.rules import Rule, RuleKind, RuleSource
from triage.public_domains import public_domains
from triage.registrable import registrable

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
OUR_DOMAIN = "vendor.example"
OUR_HOST = "mx.vendor.example"
DESK = f"desk@{OUR_DOMAIN}"

_FREEMAIL = ("gmail.com", "gmx.net", "yahoo.com", "outlook.com")
_ONSETS = ("b", "br", "d", "f", "g", "gr", "k", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v")
_VOWELS = ("a", "e", "i", "o", "u", "ai", "eo")
_PER_QUARTER_LOST = 0.2


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody at a customer."""

    name: str
    email: str


@dataclass(frozen=True, kw_only=True)
class CustomerProject:
    """A project; ``is_trained`` is False for one that never gets a label."""

    id: ProjectId
    key: str
    is_trained: bool
    people: tuple[Person, ...]
    topic: tuple[str, ...]
    reserve: tuple[str, ...]

    def words_at(self, quarter: int) -> tuple[str, ...]:
        """Return the topic words of a quarter: a fifth of them is replaced each time."""
        lost = int(len(self.topic) * _PER_QUARTER_LOST)
        moved = (self.topic + self.reserve)[quarter * lost :]
        return moved[: len(self.topic)]


@dataclass(frozen=True, kw_only=True)
class Customer:
    """An account."""

    id: AccountId
    name: str
    domain: str
    people: tuple[Person, ...]
    projects: tuple[CustomerProject, ...]
    jargon: tuple[str, ...]

    @property
    def code(self) -> str:
        """The prefix of its reference codes."""
        return self.name.upper()


@dataclass(frozen=True, kw_only=True)
class Company:
    """The vendor and its customers."""

    customers: tuple[Customer, ...]
    words: tuple[str, ...]

    @cached_property
    def word_weights(self) -> tuple[float, ...]:
        """Zipf's law, summed up for drawing."""
        return tuple(accumulate(1 / (rank + 10) for rank in range(len(self.words))))

    def source(self) -> RuleSource:
        """Return the rules after the import of the contact list: all a new user has."""
        return RuleSource(
            rules=tuple(rule for customer in self.customers for rule in _rules(customer)),
            own=Own(domains=frozenset({OUR_DOMAIN})),
            account_names={customer.id: customer.name for customer in self.customers},
            public_domains=public_domains(),
            trusted_hosts=frozenset({OUR_HOST}),
            registrable=registrable,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Mail:
    """A message with the truth about it."""

    message: Message
    direction: Direction
    thread: int
    customer: Customer
    project: CustomerProject


@dataclass(frozen=True, kw_only=True, slots=True)
class Attack:
    """A message that tries to be taken for somebody else's.

    Attributes:
        allowed: The account that may be confirmed for it, if any.
    """

    kind: str
    message: Message
    allowed: AccountId | None = None


def make_company(seed: int, *, customers: int, projects: tuple[int, int] = (3, 9)) -> Company:
    """Draw a company.

    Args:
        seed: The same seed gives the same company.
        customers: Number of accounts.
        projects: Fewest and most trained projects of an account; one in six more is never trained.
    """
    draw = random.Random(seed)
    words = tuple(_distinct_words(draw, 6_000))
    # Ten kinds of work share their words, as the projects of one trade do.
    trades = [draw.sample(words[300:], 260) for _ in range(10)]
    names = _distinct_words(draw, customers, syllables=3)
    return Company(
        customers=tuple(
            _customer(draw, AccountId(number), name, trained=draw.randint(*projects), trades=trades)
            for number, name in enumerate(names, 1)
        ),
        words=words,
    )


def mails(
    company: Company, seed: int, *, threads_a_project: int, span: timedelta = timedelta(days=180)
) -> Iterator[Mail]:
    """Yield the mail of every project, thread after thread in time order."""
    draw = random.Random(seed)
    starts = [
        (START + span * draw.random(), customer, project)
        for customer in company.customers
        for project in customer.projects
        for _ in range(threads_a_project)
    ]
    starts.sort(key=lambda start: (start[0], start[2].id))
    for thread, (moment, customer, project) in enumerate(starts):
        quarter = (moment - START).days // 91
        talk = _Talk(company=company, customer=customer, project=project, quarter=quarter)
        yield from _thread(draw, talk, moment, thread)


def attacks(company: Company, seed: int, *, count: int) -> Iterator[Attack]:
    """Yield deceptive mail, all kinds in turn, about customers drawn at random."""
    draw = random.Random(seed)
    for number in range(count):
        victim, other = draw.sample(company.customers, 2)
        yield _ATTACKS[number % len(_ATTACKS)](draw, victim, other)


def _distinct_words(draw: random.Random, count: int, *, syllables: int = 0) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        length = syllables or draw.choice((2, 2, 3))
        found["".join(draw.choice(_ONSETS) + draw.choice(_VOWELS) for _ in range(length))] = None
    return list(found)


def _customer(
    draw: random.Random, number: AccountId, name: str, *, trained: int, trades: Sequence[Sequence[str]]
) -> Customer:
    domain = f"{name}.example"
    people = [_person(draw, domain) for _ in range(draw.randint(6, 14))]
    people.append(_person(draw, draw.choice(_FREEMAIL)))
    every = [word for trade in trades for word in trade]
    total = trained + max(1, round(trained / 6))
    projects = []
    for index in range(total):
        topic = draw.sample(draw.choice(trades), 90) + draw.sample(every, 30)
        draw.shuffle(topic)
        projects.append(
            CustomerProject(
                id=ProjectId(number * 100 + index),
                key=f"{name}-{index}",
                is_trained=index < trained,
                people=tuple(draw.sample(people, min(len(people), draw.randint(2, 4)))),
                topic=tuple(topic[:60]),
                reserve=tuple(topic[60:]),
            )
        )
    return Customer(
        id=number,
        name=name,
        domain=domain,
        people=tuple(people),
        projects=tuple(projects),
        jargon=tuple(draw.sample(every, 40)),
    )


def _person(draw: random.Random, domain: str) -> Person:
    first, last = _distinct_words(draw, 2)
    return Person(name=f"{first} {last}".title(), email=f"{first}.{last}{draw.randint(1, 999)}@{domain}")


def _rules(customer: Customer) -> Iterator[Rule]:
    for person in customer.people:
        yield Rule(kind=RuleKind.CONTACT, value=person.email, account=customer.id)
    yield Rule(kind=RuleKind.DOMAIN, value=customer.domain, account=customer.id)
    yield Rule(kind=RuleKind.CODE, value=f"{customer.code}-#", account=customer.id)
    yield Rule(kind=RuleKind.PLUS_ADDRESS, value=_plus(customer), account=customer.id)
    yield Rule(kind=RuleKind.ALIAS, value=customer.name, account=customer.id)


def _plus(customer: Customer) -> str:
    return f"desk+{customer.name}@{OUR_DOMAIN}"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Talk:
    """What a thread is about, to draw sentences from."""

    company: Company
    customer: Customer
    project: CustomerProject
    quarter: int

    def words(self, draw: random.Random, length: int) -> str:
        topic = self.project.words_at(self.quarter)
        common = draw.choices(self.company.words, cum_weights=self.company.word_weights, k=length)
        share = draw.uniform(0.05, 0.35)
        words = []
        for word in common:
            chance = draw.random()
            if chance < share:
                words.append(draw.choice(topic))
            elif chance < share + 0.1:
                words.append(draw.choice(self.customer.jargon))
            else:
                words.append(word)
        return " ".join(words)


def _thread(draw: random.Random, talk: _Talk, moment: datetime, thread: int) -> Iterator[Mail]:
    customer, project = talk.customer, talk.project
    subject = talk.words(draw, draw.randint(2, 5))
    for index in range(draw.randint(1, 5)):
        text = talk.words(draw, _length(draw))
        message = _message(
            moment,
            subject=subject if index == 0 else f"Re: {subject}",
            text=text,
            sender=_writer(draw, customer, project),
            copied=tuple(p.email for p in draw.sample(project.people, draw.randint(0, 1))),
        )
        direction = Direction.INBOUND
        if index % 2:
            direction = Direction.OUTBOUND
            to = tuple(address for address in message.senders + message.cc if address.email != DESK)
            message = replace(message, senders=(Address(email=DESK),), to=to, cc=())
        elif index and draw.random() < 0.2:
            direction = Direction.INTERNAL
            message = replace(message, senders=(Address(email=f"anna@{OUR_DOMAIN}"),), cc=())
        elif draw.random() < 0.01:
            # A forwarder of the customer broke the signature: honest mail can fail too.
            message = replace(message, authentication_results=(_results(message, "fail"),))
        else:
            message = replace(message, authentication_results=(_results(message, "pass"),))
        yield Mail(message=message, direction=direction, thread=thread, customer=customer, project=project)
        moment += timedelta(hours=draw.expovariate(1 / 12))


def _writer(draw: random.Random, customer: Customer, project: CustomerProject) -> Person:
    chance = draw.random()
    if chance < 0.03:
        return _person(draw, draw.choice(_FREEMAIL))  # a private address that nobody announced
    if chance < 0.10:
        return _person(draw, customer.domain)  # a colleague who is not on the contact list
    return draw.choice(project.people)


def _length(draw: random.Random) -> int:
    return draw.randint(4, 12) if draw.random() < 0.15 else draw.randint(25, 120)


def _message(
    moment: datetime, *, subject: str, text: str, sender: Person, copied: Sequence[str] = ()
) -> Message:
    return Message(
        message_id=HeaderId(f"{moment.timestamp():.6f}.{sender.email}"),
        received_at=moment,
        senders=(Address(name=sender.name, email=sender.email),),
        to=(Address(email=DESK),),
        cc=tuple(Address(email=email) for email in copied if email != sender.email),
        subject=subject,
        text=text,
        zones=(Zone(ZoneKind.NEW, 0, len(text)),),
    )


def _results(message: Message, outcome: str) -> str:
    domain = message.senders[0].domain
    return f"{OUR_HOST}; dmarc={outcome} header.from={domain}; spf={outcome} smtp.mailfrom={domain}"


def _deceit(
    draw: random.Random, sender: Person, *, subject: str = "Invoice", outcome: str = "pass"
) -> Message:
    moment = START + timedelta(seconds=draw.randrange(15_000_000))
    message = _message(moment, subject=subject, text="Please answer today.", sender=sender)
    return replace(message, authentication_results=(_results(message, outcome),))


def _code(draw: random.Random, customer: Customer) -> str:
    return f"Re: [{customer.code}-{draw.randint(100, 9999)}] status"


def _look_alike(draw: random.Random, victim: Customer, _: Customer) -> Attack:
    name = victim.name
    spot = draw.randrange(1, len(name) - 1)
    domain = draw.choice(
        (
            f"{name}s.example",
            f"{name}-support.example",
            f"{name}.test",
            f"{name[:spot]}{name[spot + 1 :]}.example",
            f"{name[:spot]}{name[spot + 1]}{name[spot]}{name[spot + 2 :]}.example",
            f"{victim.domain}.login.test",
            name.replace("o", "0").replace("i", "1").replace("m", "rn") + "x.example",
        )
    )
    known = draw.choice(victim.people)
    message = _deceit(draw, Person(name=known.name, email=f"{known.email.partition('@')[0]}@{domain}"))
    subject, to = draw.choice(((_code(draw, victim), DESK), ("Invoice", _plus(victim))))
    return Attack(
        kind="look-alike domain", message=replace(message, subject=subject, to=(Address(email=to),))
    )


def _display_name(draw: random.Random, victim: Customer, _: Customer) -> Attack:
    known = draw.choice(victim.people)
    name = draw.choice((known.name, known.email, f"{known.name} <{known.email}>", f"{victim.name} desk"))
    sender = Person(name=name, email=_person(draw, draw.choice((*_FREEMAIL, "elsewhere.test"))).email)
    return Attack(kind="display name", message=_deceit(draw, sender))


def _reply_to(draw: random.Random, victim: Customer, other: Customer) -> Attack:
    answer = (Address(email=draw.choice(victim.people).email),)
    if draw.random() < 0.5:
        message = _deceit(draw, _person(draw, "elsewhere.test"))
        return Attack(kind="Reply-To", message=replace(message, reply_to=answer))
    message = _deceit(draw, draw.choice(other.people))
    return Attack(kind="Reply-To", message=replace(message, reply_to=answer))


def _freemail(draw: random.Random, victim: Customer, _: Customer) -> Attack:
    known = victim.people[-1]
    local = known.email.partition("@")[0]
    sender = Person(name=known.name, email=f"{local}1@{draw.choice(_FREEMAIL)}")
    return Attack(kind="shared freemail", message=_deceit(draw, sender, subject=f"{victim.name} portal"))


def _forwarded(draw: random.Random, victim: Customer, other: Customer) -> Attack:
    known = draw.choice(victim.people)
    quoted = f"\n---- Forwarded ----\nFrom: {known.email}\nSubject: {_code(draw, victim)}\n"
    is_stranger = draw.random() < 0.5
    sender = _person(draw, draw.choice(_FREEMAIL)) if is_stranger else draw.choice(other.people)
    message = _deceit(draw, sender, subject="Fwd: status")
    size = len(message.text)
    zones = (Zone(ZoneKind.NEW, 0, size), Zone(ZoneKind.FORWARDED, size, size + len(quoted)))
    return Attack(
        kind="forwarded mail",
        message=replace(message, text=message.text + quoted, zones=zones),
        allowed=None if is_stranger else other.id,
    )


def _two_customers(draw: random.Random, victim: Customer, other: Customer) -> Attack:
    message = _deceit(draw, draw.choice(victim.people))
    copied = Address(email=draw.choice(other.people).email)
    return Attack(kind="two customers in Cc", message=replace(message, cc=(copied,)))


def _forged_code(draw: random.Random, victim: Customer, other: Customer) -> Attack:
    sender = draw.choice((_person(draw, "elsewhere.test"), draw.choice(other.people)))
    return Attack(kind="forged code", message=_deceit(draw, sender, subject=_code(draw, victim)))


def _spoofed(draw: random.Random, victim: Customer, _: Customer) -> Attack:
    message = _deceit(draw, draw.choice(victim.people), subject=_code(draw, victim), outcome="fail")
    forged = message.authentication_results[0].replace("=fail", "=pass")
    to = (Address(email=draw.choice((DESK, _plus(victim)))),)
    results = (*message.authentication_results, forged)
    return Attack(kind="spoofed sender", message=replace(message, to=to, authentication_results=results))


def _foreign_pass(draw: random.Random, victim: Customer, _: Customer) -> Attack:
    message = _deceit(draw, draw.choice(victim.people))
    results = (f"{OUR_HOST}; spf=pass smtp.mailfrom=elsewhere.test; dkim=pass header.d=elsewhere.test",)
    return Attack(kind="pass of another domain", message=replace(message, authentication_results=results))


_ATTACKS: tuple[Callable[[random.Random, Customer, Customer], Attack], ...] = (
    _look_alike,
    _display_name,
    _reply_to,
    _freemail,
    _forwarded,
    _two_customers,
    _forged_code,
    _spoofed,
    _foreign_pass,
)
