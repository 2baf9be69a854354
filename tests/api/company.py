"""A company whose threads were read from mail, for tests that change them through the API."""

from dataclasses import dataclass

from starlette.testclient import TestClient

from api.app import create_app
from api.context import ApiContext
from tests.acceptance.mail import letter
from tests.services.workplace import Workplace
from triage.core.queue_entry import QueueFilters, View
from triage.core.scope import Scope
from triage.services import access
from triage.services.queue import open_thread, queue
from triage.store.database import Database

EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="test")


@dataclass(frozen=True, kw_only=True, slots=True)
class Company:
    """Two threads of acme, one of beta, one of a stranger.

    Attributes:
        threads: Ids by subject.
        tokens: all, acme and beta.
    """

    place: Workplace
    threads: dict[str, int]
    tokens: dict[str, str]

    def client(self, reader: str = "all", *, is_browser: bool = False) -> TestClient:
        """Return a client that sends its token as a program does, or holds it as a browser does."""
        context = ApiContext(
            database=self.place.database,
            public_url="http://testserver",
            clock=lambda: self.place.now,
            practice=self.place.practice,
        )
        client = TestClient(create_app(context), raise_server_exceptions=False, follow_redirects=False)
        if is_browser:
            client.cookies.set("triage_session", self.tokens[reader])
            client.headers.update({"Accept": "text/html", "Origin": "http://testserver"})
        else:
            client.headers["Authorization"] = f"Bearer {self.tokens[reader]}"
        return client

    def messages(self, subject: str) -> list[int]:
        """Return the ids of the messages of a thread."""
        opened = open_thread(self.place.database, EVERYTHING, self.threads[subject], now=self.place.now)
        return [message.id for message in opened.messages]


def company_of(database: Database) -> Company:
    """Read the mail of two customers and a stranger into an empty database."""
    place = Workplace(database)
    place.mailbox.append(letter("a1", subject="Printer", sender="mia@acme.example"))
    place.mailbox.append(letter("a2", subject="Re: Printer", sender="mia@acme.example", reply_to="a1"))
    place.mailbox.append(letter("a3", subject="Invoice", sender="mia@acme.example"))
    place.mailbox.append(letter("b1", subject="Beta matter", sender="tom@beta.example"))
    place.mailbox.append(letter("s1", subject="Stranger", sender="who@freemail.example"))
    place.poll()
    page = queue(database, EVERYTHING, QueueFilters(view=View.ALL), limit=200, now=place.now)
    tokens = {"all": access.create_token(database, name="kim", sees_all=True, now=place.now)}
    for key in ("acme", "beta"):
        tokens[key] = access.create_token(database, name=f"reader of {key}", accounts=[key], now=place.now)
    return Company(place=place, threads={one.subject: one.thread_id for one in page.entries}, tokens=tokens)
