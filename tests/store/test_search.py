"""Searching: the same answers on both engines, and only to those who may have them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from models import Account, Project, Thread
from models import Message as MessageRow
from triage.core.attribution import AccountState, Attribution
from triage.core.direction import Direction
from triage.core.errors import InvalidQuery
from triage.core.ids import AccountId, HeaderId, MessageId
from triage.core.message import Address, Attachment, Message, Zone, ZoneKind
from triage.core.scope import Scope
from triage.services.search import SearchPage, search
from triage.services.search_index import index_all
from triage.store.database import Database
from triage.store.messages import NewMessage, add_messages

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
EVERYTHING = Scope(accounts=frozenset(), sees_all=True, name="test")
ACME = Scope(accounts=frozenset({AccountId(1)}), sees_all=False, name="acme")
BETA = Scope(accounts=frozenset({AccountId(2)}), sees_all=False, name="beta")
NOBODY = Scope(accounts=frozenset(), sees_all=False, name="nobody")


MIA = Address(name="Mia Müller", email="mia@acme.example")


def mail(
    name: str,
    *,
    own: str = "",
    quoted: str = "",
    sender: Address = MIA,
    files: Sequence[str] = (),
    subject: str = "",
) -> Message:
    return Message(
        message_id=HeaderId(f"{name}@mail.example"),
        senders=(sender,),
        to=(Address(name="The Desk", email="desk@vendor.example"),),
        cc=(Address(email="boss@acme.example"),),
        subject=subject or name,
        received_at=NOW,
        text=own + quoted,
        zones=(
            Zone(ZoneKind.NEW, 0, len(own)),
            Zone(ZoneKind.QUOTED, len(own), len(own + quoted)),
        ),
        attachments=tuple(
            Attachment(name=one, content_type="application/pdf", size_bytes=1, content_id="", section="2",
                       is_inline=False)
            for one in files
        ),
    )  # fmt: skip


#: One thread each: the account of the thread, days ago, and the message.
MAILS: tuple[tuple[int | None, int, Message], ...] = (
    (1, 9, mail("printer", own="The printer on floor 2 shows ORA-00600 again.")),
    (1, 8, mail("reply", own="Same here.", quoted="> The printer on floor 2 shows ORA-00600 again.")),
    (1, 7, mail("umlaut", own="Viele Grüße aus der Hauptstraße, Herr Mueller kommt.")),
    (1, 6, mail("français", own="L\u2019été dernier, la réunion à Orléans était annulée.")),
    (1, 5, mail("日本", own="サーバーの障害について報告します。")),
    (2, 4, mail("beta", own="Our printer works.", sender=Address(name="Tom", email="tom@beta.example"))),
    (None, 3, mail("stranger", own="Which printer?", sender=Address(email="who@freemail.example"))),
    (1, 2, mail("contract", own="See the file.", files=("Vertrag_2026-final.pdf",), subject="Re: printer")),
    (2, 1, mail("newest", own="The export of reports has stopped.", files=("log.txt",))),
)


def fill(database: Database, mails: Sequence[tuple[int | None, int, Message]] = MAILS) -> None:
    with database.write() as connection:
        connection.execute(
            sa.insert(Account),
            [{"id": 1, "key": "acme", "name": "ACME GmbH"}, {"id": 2, "key": "beta", "name": "Beta AG"}],
        )
        connection.execute(
            sa.insert(Project), [{"id": 1, "account_id": 1, "key": "acme-erp", "name": "ERP rollout"}]
        )
        new = [
            NewMessage(
                message=replace(message, received_at=NOW - timedelta(days=days)),
                content_hash=f"{number:064x}",
                base_subject="",
                direction=Direction.INBOUND,
                attribution=Attribution(state=AccountState.UNKNOWN, account=None),
                raw=b"",
                is_backfill=False,
            )
            for number, (_, days, message) in enumerate(mails)
        ]
        ids = [MessageId(row.id) for row in add_messages(connection, new, now=NOW)]
        for message_id, (account, _, message) in zip(ids, mails, strict=True):
            thread = connection.scalar(
                sa.insert(Thread)
                .values(
                    subject=message.subject,
                    account_id=account,
                    account_state="confirmed" if account else "unknown",
                    project_id=1 if message.subject == "umlaut" else None,
                    is_pending=message.subject == "printer",
                    waiting_since=NOW,
                    status="solved" if message.subject == "beta" else "open",
                )
                .returning(Thread.id)
            )
            connection.execute(
                sa.update(MessageRow).where(MessageRow.id == message_id).values(thread_id=thread)
            )
    index_all(database)


def ask(database: Database, text: str, scope: Scope = EVERYTHING, **more: object) -> SearchPage:
    zone = more.pop("zone", UTC)
    assert isinstance(zone, ZoneInfo | type(UTC))
    return search(database, scope, text, zone=zone, now=NOW, **more)  # type: ignore[arg-type]


def names(page: SearchPage) -> list[str]:
    """Return the names of the messages found, in order; of quoted ones with a mark."""
    return [
        "".join(piece.text for piece in hit.subject) + ("<" if hit.is_quoted else "") for hit in page.hits
    ]


QUESTIONS: list[tuple[str, list[str]]] = [
    ("printer", ["Re: printer", "stranger", "beta", "printer", "reply<"]),
    ("printer floor", ["printer", "reply<"]),
    ('"floor 2"', ["printer", "reply<"]),
    ('"2 floor"', []),
    ("ora-00600", ["printer", "reply<"]),
    ("00600-ora", []),
    ("printer -floor", ["Re: printer", "stranger", "beta"]),
    ("-printer -subject:newest", ["日本", "français", "umlaut"]),
    ("floor OR works", ["beta", "printer", "reply<"]),
    ("printer floor OR works", ["beta", "printer", "reply<"]),
    ("works OR -printer", ["newest", "beta", "日本", "français", "umlaut"]),
    ("repor*", ["newest"]),
    ("report", []),
    ("GRÜSSE", ["umlaut"]),
    ("grusse hauptstrasse", ["umlaut"]),
    ("Gruesse", ["umlaut"]),
    ("from:müller umlaut", ["umlaut"]),
    ("from:Mueller umlaut", ["umlaut"]),
    ("Müller kommt", ["umlaut"]),
    ("ete reunion annulee", ["français"]),
    ("L'été", ["français"]),
    ("障害", ["日本"]),
    ("サーバー", ["日本"]),
    ("害", ["日本"]),
    ("サ障", []),
    ("from:tom", ["beta"]),
    ("from:tom@beta.example", ["beta"]),
    ("-from:mia", ["stranger", "beta"]),
    ("to:desk printer works", ["beta"]),
    ("to:tom", []),
    ("subject:printer", ["Re: printer", "printer"]),
    ('subject:"printer re"', []),
    ("vertrag", ["Re: printer"]),
    ("file:final", ["Re: printer"]),
    ("has:attachment", ["newest", "Re: printer"]),
    ("printer -has:attachment from:mia", ["printer", "reply<"]),
    ("account:beta", ["newest", "beta"]),
    ('account:"ACME gmbh" printer', ["Re: printer", "printer", "reply<"]),
    ("-account:acme -account:beta", ["stranger"]),
    ("account:nosuch printer", []),
    ("project:acme-erp", ["umlaut"]),
    ("is:unanswered", ["printer"]),
    ("is:solved", ["beta"]),
    ("printer -is:open", ["beta"]),
    ("after:2026-03-29", ["newest", "Re: printer"]),
    ("before:2026-03-23 after:2026-03-22", ["printer"]),
    ("before:2026", []),
    ("after:2026-03 subject:umlaut", ["umlaut"]),
    ("any", []),
    ("hasattachment", []),
]


@pytest.fixture
def filled(database: Database) -> Database:
    fill(database)
    return database


def test_questions_and_what_they_find(filled: Database) -> None:
    found = {text: names(ask(filled, text)) for text, _ in QUESTIONS}

    assert found == dict(QUESTIONS)


def test_reader_finds_what_the_queue_would_show(filled: Database) -> None:
    everything = {scope.name: names(ask(filled, "printer", scope)) for scope in (ACME, BETA, NOBODY)}

    assert everything == {"acme": ["Re: printer", "printer", "reply<"], "beta": ["beta"], "nobody": []}
    assert names(ask(filled, "account:beta", ACME)) == []
    assert len(ask(filled, "-account:beta", ACME).hits) == 6
    assert names(ask(filled, "-printer", BETA)) == ["newest"]

    # The thread decides, also while the index still holds the account of before.
    with filled.write() as connection:
        connection.execute(sa.update(Thread).where(Thread.subject == "beta").values(account_id=1))
    assert names(ask(filled, "works", BETA)) == []
    assert ask(filled, "works", ACME).behind == 1
    assert ask(filled, "works", BETA).behind == 0
    index_all(filled)
    assert names(ask(filled, "works", ACME)) == ["beta"]


def test_a_name_that_nothing_has_is_told_and_so_is_one_that_may_not_be_seen(filled: Database) -> None:
    asked = 'printer account:nobody account:acme -account:beta project:"erp rollout" project:other'

    assert ask(filled, "printer account:acme").unknown == ()
    assert ask(filled, asked).unknown == ("nobody", "other")
    assert ask(filled, asked, ACME).unknown == ("beta", "nobody", "other")
    assert ask(filled, asked, NOBODY).unknown == ("acme", "beta", "nobody", "erp rollout", "other")
    assert names(ask(filled, "printer account:acme account:nobody")) == ["Re: printer", "printer", "reply<"]


@pytest.mark.parametrize("limit", [1, 2])
def test_pages_give_every_hit_once_in_order(filled: Database, limit: int) -> None:
    page, found = ask(filled, "printer", limit=limit), []
    while page.next_cursor:
        found += names(page)
        page = ask(filled, "printer", limit=limit, cursor=page.next_cursor)
    found += names(page)

    assert found == dict(QUESTIONS)["printer"]


def test_dates_begin_in_the_zone_of_the_reader(filled: Database) -> None:
    received = NOW - timedelta(days=9)
    with filled.read() as connection:
        assert connection.scalar(sa.select(sa.func.min(MessageRow.received_at))) == received
    day = f"{received.date()}"

    assert "printer" in names(ask(filled, f"after:{day}"))
    assert "printer" in names(ask(filled, f"after:{day}", zone=ZoneInfo("Pacific/Honolulu")))
    # On Kiritimati the day after has begun.
    late = f"{(received + timedelta(days=1)).date()}"
    assert "printer" in names(ask(filled, f"after:{late} printer", zone=ZoneInfo("Pacific/Kiritimati")))
    assert "printer" not in names(ask(filled, f"after:{late} printer"))


def test_snippet_shows_the_words_and_escapes_nothing(filled: Database) -> None:
    (hit,) = ask(filled, "hauptstraße").hits
    (quoted,) = (hit for hit in ask(filled, "ora").hits if hit.is_quoted)
    (file,) = ask(filled, "vertrag").hits

    assert "".join(piece.text for piece in hit.snippet).startswith("Viele Grüße aus")
    assert [piece.text for piece in hit.snippet if piece.is_hit] == ["Hauptstraße"]
    assert [piece.text for piece in quoted.snippet if piece.is_hit] == ["ORA"]
    assert file.files == ("Vertrag_2026-final.pdf",)
    assert "".join(piece.text for piece in file.snippet) == "See the file."


def test_what_is_not_indexed_yet_is_counted(database: Database) -> None:
    fill(database)
    with database.write() as connection:
        connection.execute(sa.text("INSERT INTO search_pending SELECT id FROM message"))

    page = ask(database, "printer")

    assert page.behind == 9
    assert "9 messages are stored but not searched yet" in page.behind_sentence


HOSTILE = [
    '"', '""', '"""', "*", "a*b", 'a" OR "b', "NEAR(a b)", "{subject} : x", "marks : any", "marks:any",
    "^printer", "printer + floor", "(printer", "printer)", "NOT printer", "OR", "AND OR AND", "-", "--", "-*",
    "'; DROP TABLE message; --", "\\", "\\'", "a' <-> b", "printer:*", "!printer", "a & b | c", "\x00",
    "prin\x00ter", "\ud800", "%", "_", "a\nb", "rowid:1", "search_words MATCH", ":", "from:", 'subject:"',
    "x:" * 300, "\U0001d561\U0001d563", "\u202e", "a " * 39 + "b", 'subject:"a" OR -"b" OR to:c*',
]  # fmt: skip


def test_no_question_is_an_error_of_the_database(filled: Database) -> None:
    refused = 0
    for text in HOSTILE:
        try:
            ask(filled, text)
            ask(filled, text, ACME)
        except InvalidQuery:
            refused += 1

    assert 0 < refused < len(HOSTILE) / 2


def test_answers_are_the_same_whether_other_customers_exist(
    sqlite_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Order, pages and snippets of acme do not change when all mail of others is gone."""
    alone = Database(f"sqlite:///{tmp_path_factory.mktemp('alone') / 'triage.db'}")
    alone.upgrade()
    fill(sqlite_database)
    fill(alone, [one for one in MAILS if one[0] == 1])

    for text, _ in QUESTIONS:
        both = [ask(database, text, ACME, limit=2) for database in (sqlite_database, alone)]
        shown = [
            [(hit.subject, hit.snippet, hit.received_at, hit.files, hit.is_quoted) for hit in page.hits]
            for page in both
        ]
        assert shown[0] == shown[1], text
        assert bool(both[0].next_cursor) == bool(both[1].next_cursor)
        assert both[0].unknown == both[1].unknown
    alone.close()
