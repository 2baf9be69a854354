"""A small company written straight into the tables: four customers, every state the queue can show.

Each customer has a canary, a word that stands in every text that belongs to it and nowhere else, so
that a test can tell whose data an answer holds.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase

from models import (
    Account,
    Clock,
    EvidenceRule,
    Folder,
    Grant,
    Location,
    Mailbox,
    Message,
    Project,
    ReviewItem,
    Thread,
)
from triage.services import access
from triage.services.search_index import index_all
from triage.store.board import write_list
from triage.store.database import Database

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
CANARIES = {"acme": "Zirbenholz", "beta": "Quokkatal", "ceti": "Marzipanwerk", "delta": "Nebelhorn"}
UNKNOWN_CANARY = "Wanderfalke"


@dataclass(kw_only=True, slots=True)
class Seed:
    """The ids and tokens of what was written.

    Attributes:
        messages: Ids of messages by the name of their thread, oldest first.
    """

    database: Database
    now: datetime = NOW
    accounts: dict[str, int] = field(default_factory=dict)
    projects: dict[str, int] = field(default_factory=dict)
    threads: dict[str, int] = field(default_factory=dict)
    messages: dict[str, list[int]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)


def seed(database: Database, *, now: datetime = NOW) -> Seed:
    """Write the company into an empty database. Tokens: all, acme, beta and outsider."""
    seeded = Seed(database=database, now=now)
    with database.write() as connection:
        for number, (key, canary) in enumerate(CANARIES.items()):
            _customer(connection, seeded, key, canary, number)
        _board(connection, seeded)
        _unknown(connection, seeded)
        _merged(connection, seeded)
        _refused(connection, seeded)
        _mailbox(connection, "support", now=now)
        _mailbox(connection, "projects", now=now)
    index_all(database)
    everything = access.first_token(database, now=now)
    assert everything is not None
    seeded.tokens["all"] = everything
    for key in ("acme", "beta"):
        seeded.tokens[key] = access.create_token(database, name=key, accounts=[key], now=now)
    seeded.tokens["outsider"] = access.create_token(database, name="outsider", accounts=["delta"], now=now)
    with database.write() as connection:
        # Charlie was shown the door: the token stays, the grant is gone.
        connection.execute(sa.delete(Grant).where(Grant.account_id == seeded.accounts["delta"]))
    return seeded


def _customer(connection: Connection, seeded: Seed, key: str, canary: str, number: int) -> None:
    now = seeded.now
    account = _insert(connection, Account, key=key, name=f"{canary} GmbH")
    seeded.accounts[key] = account
    domain = f"{canary.lower()}.example"
    _insert(connection, EvidenceRule, account_id=account, kind="domain", value=domain, source="config")
    for project in ("erp", "portal"):
        seeded.projects[f"{key}/{project}"] = _insert(
            connection, Project, account_id=account, key=f"{key}-{project}", name=f"{canary} {project}"
        )
    erp = {"project_id": seeded.projects[f"{key}/erp"], "project_state": "confirmed"}
    shift = timedelta(minutes=number)
    states: dict[str, dict[str, Any]] = {
        "breached": {**erp, **_clock(now - timedelta(hours=2) - shift, "running")},
        "at_risk": {**erp, **_clock(now + timedelta(minutes=25) + shift, "running")},
        "later": {
            "project_id": seeded.projects[f"{key}/portal"],
            "project_state": "suggested",
            "project_probability": 0.81,
            "project_evidence": [["model", f"Words such as {canary} are usual in this project."]],
            **_clock(now + timedelta(hours=5) + shift, "running", target="next_reply"),
        },
        "low": {"priority": "low", "waiting_since": now - timedelta(days=6, minutes=number)},
        "waiting_customer": {**erp, "is_pending": False, "waiting_on": "customer"},
        "solved": {**erp, "is_pending": False, "waiting_on": "nobody", "status": "solved"},
    }
    for state, values in states.items():
        _thread(connection, seeded, f"{key}/{state}", canary, values | {"account_id": account})


def _unknown(connection: Connection, seeded: Seed) -> None:
    for state in ("unknown", "conflict"):
        values: dict[str, Any] = {"account_id": None, "account_state": state, "account_evidence": []}
        if state == "conflict":
            values["account_evidence"] = [["conflict", f"{UNKNOWN_CANARY}: two customers take part."]]
        _thread(connection, seeded, f"unknown/{state}", UNKNOWN_CANARY, values)


def _merged(connection: Connection, seeded: Seed) -> None:
    """Put a chain of merged threads in front of a thread of acme."""
    target = seeded.threads["acme/later"]
    for name in ("acme/merged", "acme/merged-twice"):
        values = {"account_id": seeded.accounts["acme"], "alias_of": target, "is_pending": False}
        target = _thread(connection, seeded, name, CANARIES["acme"], values, messages=0)


def _refused(connection: Connection, seeded: Seed) -> None:
    """Let a message of beta refer to one of acme; and let acme's evidence name beta."""
    beta, acme = seeded.messages["beta/later"][1], seeded.messages["acme/later"][0]
    _insert(
        connection,
        ReviewItem,
        message_id=beta,
        other_message_id=acme,
        reason="wall",
        edge_kind="references",
        account_id=seeded.accounts["beta"],
        other_account_id=seeded.accounts["acme"],
        state="open",
        opened_at=seeded.now,
        evidence=[],
    )
    resembles = ["look_alike", f"quokkata1.example only resembles {CANARIES['beta'].lower()}.example."]
    connection.execute(
        sa.update(Thread)
        .where(Thread.id == seeded.threads["acme/later"])
        .values(account_evidence=[["domain", "The sender's domain is known."], resembles])
    )


def _clock(due_at: datetime, state: str, *, target: str = "first_reply") -> dict[str, Any]:
    return {"next_due_at": due_at, "next_due_state": state, "next_due_target": target}


def _thread(
    connection: Connection,
    seeded: Seed,
    name: str,
    canary: str,
    values: dict[str, Any],
    *,
    messages: int = 2,
) -> int:
    now = seeded.now
    thread: dict[str, Any] = {
        "subject": f"{canary}: cut-over date for {name.partition('/')[2]}",
        "account_state": "confirmed",
        "account_evidence": [["domain", f"The sender writes from {canary.lower()}.example."]],
        "project_state": "unknown",
        "project_evidence": [],
        "status": "open",
        "priority": "normal",
        "waiting_on": "us",
        "waiting_since": now - timedelta(hours=9),
        "is_pending": True,
        "turn_evidence": [["last_word", f"Mia {canary} wrote last and was not answered."]],
        "message_count": messages,
        "first_message_at": now - timedelta(days=1),
        "last_message_at": now - timedelta(hours=9),
        "last_inbound_at": now - timedelta(hours=9),
        "last_sender": f"Mia {canary}",
        "snippet": f"Could you please confirm the {canary} date?",
        "version": 1,
    } | values
    thread_id = _insert(connection, Thread, **thread)
    seeded.threads[name] = thread_id
    for number in range(messages):
        _message(connection, seeded, name, canary, number, account_id=thread["account_id"])
    if "next_due_at" in thread:
        _insert(
            connection,
            Clock,
            thread_id=thread_id,
            target=thread["next_due_target"],
            cycle=1,
            state=thread["next_due_state"],
            policy="gold",
            policy_version="0f0f",
            schedule="office",
            minutes=240,
            anchor_at=now - timedelta(hours=9),
            due_at=thread["next_due_at"],
            warn_at=[],
        )
    return thread_id


def _message(
    connection: Connection, seeded: Seed, name: str, canary: str, number: int, *, account_id: int | None
) -> None:
    is_ours = number == 0
    new = f"Hello,\n\ncould you please confirm the {canary} date?\n<script>alert('{canary}')</script>\n"
    quoted = "> We will come back to you.\n> Kind regards\n"
    signature = "-- \nMia, head of logistics\n"
    text = new + quoted + signature
    sender = (
        ["Kim Vendor", "kim@vendor.example"]
        if is_ours
        else [f"Mia {canary}", f"mia@{canary.lower()}.example"]
    )
    zones = [
        ["new", 0, len(new)],
        ["quoted", len(new), len(new) + len(quoted)],
        ["signature", len(new) + len(quoted), len(text)],
    ]
    header_id = f"{name.replace('/', '-')}-{number}@{canary.lower()}.example"
    received_at = seeded.now - timedelta(hours=33 - 24 * number)
    message = _insert(
        connection,
        Message,
        content_hash=header_id,
        header_id=header_id,
        in_reply_to=[],
        references=[],
        thread_id=seeded.threads[name],
        received_at=received_at,
        sent_at=received_at,
        direction="outbound" if is_ours else "inbound",
        message_class="human",
        class_evidence=[],
        sender_name=sender[0],
        sender_email=sender[1],
        addresses={
            "from": [sender],
            "to": [["Support", "support@vendor.example"]],
            "cc": [],
            "reply_to": [],
            "delivered_to": [],
        },
        subject=f"{canary}: cut-over date",
        base_subject="cut-over date",
        account_id=account_id,
        account_state="confirmed",
        account_evidence=[],
        account_possible=[],
        strangers=[],
        text=text,
        zones=zones,
        zones_are_sure=True,
        text_new=new,
        has_more_text=False,
        attachments=[[f"{canary}.pdf", "application/pdf", 120_000, "", "2", False]],
        failed_recipients=[],
        failed_ids=[],
        list_id="",
        authentication_results=[],
        is_important=False,
        size_bytes=4_000,
        defects=[],
        is_backfill=False,
        stored_at=seeded.now,
    )
    seeded.messages.setdefault(name, []).append(message)


def _mailbox(connection: Connection, name: str, *, now: datetime) -> None:
    mailbox = _insert(
        connection, Mailbox, name=name, kind="imap", state="ok", state_reason="", last_ok_at=now
    )
    for folder_name, role in (("INBOX", "inbox"), ("Sent", "sent")):
        folder = _insert(
            connection,
            Folder,
            mailbox_id=mailbox,
            name=folder_name,
            role=role,
            uidvalidity=7,
            generation=0,
            last_uid=3,
            server_messages=3,
            checked_at=now - timedelta(seconds=12),
        )
        for uid in (1, 2, 3):
            held = uid == 3 and folder_name == "INBOX" and name == "support"
            _insert(
                connection,
                Location,
                mailbox_id=mailbox,
                folder_id=folder,
                uidvalidity=7,
                generation=0,
                uid=uid,
                state="quarantined" if held else "stored",
                evidence={"reason": "the parser ran out of memory"} if held else None,
                seen_at=now,
            )


def _insert(connection: Connection, table: type[DeclarativeBase], **values: Any) -> int:  # noqa: ANN401 - columns of any type
    result = connection.execute(sa.insert(table).values(**values))
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def _board(connection: Connection, seeded: Seed) -> None:
    """Put a question, a proposal and a model of each customer on the board."""
    risk = {
        "state": "not proven",
        "risk": 0.02,
        "confidence": 0.95,
        "bound": 0.05,
        "threshold": 1.0,
        "tried": 40,
        "wrong": 1,
        "curve": [[0.5, 0.0], [1.0, 0.025]],
        "answered": 3,
        "answered_wrong": 1,
        "least_error": 0.0,
        "weeks": [
            {"begins_at": "2026-03-04T09:30:00+00:00", "asked": 4, "silent": 2, "answered": 3, "wrong": 1}
        ],
    }
    questions, proposals, models = [], [], []
    for key, canary in CANARIES.items():
        account = seeded.accounts[key]
        threads = [number for name, number in seeded.threads.items() if name.partition("/")[0] == key]
        questions.append(
            {
                "id": f"{account}-0",
                "account": account,
                "threads": threads,
                "messages": 7,
                "terms": [canary.lower()],
                "code": canary.upper(),
                "sureness": 0.2,
                "priority": "normal",
            }
        )
        proposals.append(
            {
                "id": f"domain:{canary.lower()}.test",
                "kind": "domain",
                "value": f"{canary.lower()}.test",
                "account": account,
                "people": 4,
                "since": "2026-01-05T10:00:00+00:00",
                "moved_from": None,
            }
        )
        models.append(
            {
                "id": str(account),
                "account": account,
                "labels": 40,
                "made_at": NOW.isoformat(),
                "learner": "complement_nb",
                "refused": {"compared": 9, "wrong_before": 0, "wrong_now": 1},
                "refused_at": NOW.isoformat(),
                "promotion": None,
                **risk,
            }
        )
    lists = {"questions": questions, "proposals": proposals, "models": models}
    for name, items in (lists | {"words": [{"id": "words", "voices": 4, **risk}]}).items():
        write_list(connection, name, items, now=seeded.now)
