"""A mailbox in memory with a restless neighbour and a bad line, polled and checked round by round."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from starlette.testclient import TestClient

from api.app import create_app
from api.context import ApiContext
from tests.fakes.mailbox import FakeMailbox, FakeReader
from tests.faults.api_reader import ApiReader
from tests.faults.checker import Checker, Generator, Verdict
from tests.services.workplace import Workplace
from triage.core.errors import Unreachable
from triage.mailbox.fetch import Gone, Result
from triage.services.access import first_token
from triage.services.poll import MailboxJob, poll_mailbox
from triage.store.database import Database

ROUNDS = 7


class ShyMailbox(FakeMailbox):
    """A server that does not give some messages at the first time of asking."""

    def __init__(self) -> None:
        super().__init__()
        self.shy: set[bytes] = set()


class ShyReader(FakeReader):
    """Takes the first silence of the server for an absence, as a reader without a second witness would."""

    def __init__(self, mailbox: ShyMailbox) -> None:
        super().__init__(mailbox)
        self._shy = mailbox.shy

    def fetch(self, wanted: Sequence[int], *, now: datetime) -> Iterator[Result]:
        for result in super().fetch(wanted, now=now):
            content = self._open.messages.get(result.uid or 0)
            if content is not None and content[1] in self._shy:
                self._shy.remove(content[1])
                yield Gone(uid=result.uid or 0, evidence="FETCH gave nothing")
            else:
                yield result


@dataclass(slots=True)
class World:
    """Mail, a neighbour, faults, polls and looks, all by one seed."""

    database: Database
    seed: int = 1
    mailbox: ShyMailbox = field(default_factory=ShyMailbox)

    def run(self) -> dict[str, Verdict]:
        """Let the rounds pass, then two quiet polls; return the verdicts."""
        place = Workplace(self.database, mailbox=self.mailbox)
        with _served(place) as client:
            return self._run(place, ApiReader(client))

    def _run(self, place: Workplace, api: ApiReader) -> dict[str, Verdict]:
        chance = random.Random(self.seed)  # noqa: S311 - the same seed has to give the same world
        generator, checker = Generator(self.seed), Checker(late_after=3)
        tokens: dict[bytes, str] = {}
        for number in range(ROUNDS + 2):
            if number < ROUNDS:
                for _ in range(chance.randrange(3, 7)):
                    entry = generator.make()
                    tokens[entry.content] = entry.token
                    self.mailbox.append(entry.content, at=place.now)
                    checker.accept(entry)
                    if chance.random() < 0.1:
                        self.mailbox.shy.add(entry.content)
                self._disturb(number, chance, checker, tokens)
            self._poll(place)
            sightings = checker.look(api)
            place.wait(minutes=1)
        return checker.judge(sightings)

    def _poll(self, place: Workplace) -> None:
        job = MailboxJob(name="desk", wanted=("auto",), connect=lambda: ShyReader(self.mailbox))
        poll_mailbox(job, place.tools())

    def _disturb(
        self, number: int, chance: random.Random, checker: Checker, tokens: dict[bytes, str]
    ) -> None:
        """Do what neighbours and lines do: move, delete, renumber, break."""
        inbox = self.mailbox.folders["INBOX"]
        uid = chance.choice(sorted(inbox.messages))
        self.mailbox.move(uid, to="Sent")
        seen = [uid for uid, (_, content) in inbox.messages.items() if checker.has_seen(tokens[content])]
        if seen:
            self.mailbox.expunge(chance.choice(sorted(seen)))
        if number in {2, 5}:
            self.mailbox.renumber()
        if number % 3 == 1:
            self.mailbox.faults = [Unreachable("the line is down")]


def _served(place: Workplace) -> TestClient:
    """Return a client of the application over that database, with a token that sees everything."""
    token = first_token(place.database, now=place.now)
    context = ApiContext(database=place.database, public_url="http://testserver", clock=lambda: place.now)
    return TestClient(create_app(context), headers={"Authorization": f"Bearer {token}"})
