"""Answered outside the thread: which open mails a new mail of ours, from a phone perhaps, answered."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from triage.core.direction import Direction
from triage.core.ids import MessageId, ThreadId
from triage.core.message import Evidence, MessageClass
from triage.core.outside_answer import WINDOW, Certainty, match
from triage.core.timeline import Entry, EntryKind
from triage.store.database import Connection
from triage.store.outside import LooseMail, Waiting, loose_mails, waiting_mails
from triage.store.review import Pair
from triage.store.thread_decisions import kept_apart
from triage.store.threads import StoredMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundAnswer:
    """A mail of ours in another thread that answers this one, certainly or possibly.

    Attributes:
        answered: The open mail of this thread.
    """

    mail: LooseMail
    answered: MessageId
    certainty: Certainty
    evidence: Evidence

    @property
    def pair(self) -> Pair:
        """Return the two messages."""
        return self.mail.id, self.answered

    def entry(self) -> Entry:
        """Return the mail as an event of the thread that it answers."""
        recipients = tuple(sorted(self.mail.mail.recipients))
        return Entry(
            at=self.mail.mail.at,
            kind=EntryKind.AGENT_HUMAN,
            message_id=self.mail.id,
            is_from_us=True,
            sender_email=self.mail.sender_email,
            to=recipients,
            recipients=recipients,
            customer_recipients=recipients,
        )


def find_outside_answers(
    connection: Connection, messages: Mapping[ThreadId, Sequence[StoredMessage]]
) -> dict[ThreadId, tuple[FoundAnswer, ...]]:
    """Return the answers that stand in other threads, with three queries for all threads together."""
    unanswered = [one.facts for one in _unanswered(messages.values())]
    if not unanswered:
        return {}
    opened = [one.received_at for one in unanswered]
    people = frozenset(one.sender_email for one in unanswered)
    loose = loose_mails(connection, people, since=min(opened), until=max(opened) + WINDOW)
    if not loose:
        return {}
    answered = [one.mail.at for one in loose]
    waiting = waiting_mails(
        connection,
        frozenset[str]().union(*(one.mail.recipients for one in loose)),
        since=min(answered) - WINDOW,
        until=max(answered),
    )
    found: defaultdict[ThreadId, list[FoundAnswer]] = defaultdict(list)
    by_sender: defaultdict[str, list[Waiting]] = defaultdict(list)
    for one in waiting:
        by_sender[one.mail.sender].append(one)
    answers = [
        answer
        for mail in loose
        for answer in _answered_by(mail, [one for email in mail.mail.recipients for one in by_sender[email]])
    ]
    denied = kept_apart(connection, {one.pair for _, one in answers})
    for thread_id, answer in answers:
        if answer.pair not in denied:
            found[thread_id].append(answer)
    return {thread_id: tuple(answers) for thread_id, answers in found.items()}


def _unanswered(threads: Iterable[Sequence[StoredMessage]]) -> list[StoredMessage]:
    """Return people's mails that end their thread."""
    last = []
    for messages in threads:
        people = [one for one in messages if one.facts.message_class is MessageClass.HUMAN]
        if people and people[-1].facts.direction is Direction.INBOUND:
            last.append(people[-1])
    return last


def _answered_by(loose: LooseMail, waiting: Collection[Waiting]) -> Iterable[tuple[ThreadId, FoundAnswer]]:
    threads: dict[MessageId, ThreadId] = {one.mail.key: one.thread_id for one in waiting}
    answer = match(loose.mail, [one.mail for one in waiting])
    text = "; ".join(reason.text for reason in answer.evidence)
    at = f"{loose.mail.at:%Y-%m-%d %H:%M} UTC"
    if answer.certainty is Certainty.CERTAIN:
        evidence = Evidence(
            kind="answered_outside",
            text=f"{loose.sender_email} answered in a mail of its own on {at}: {text}.",
        )
    else:
        evidence = Evidence(
            kind="possibly_answered",
            text=f"Possibly answered by a mail of {loose.sender_email} on {at}, please confirm: {text}.",
        )
    first: dict[ThreadId, MessageId] = {}
    for key in answer.answered:
        first.setdefault(threads[key], key)
    for thread_id, key in first.items():
        if thread_id != loose.thread_id:
            yield (
                thread_id,
                FoundAnswer(mail=loose, answered=key, certainty=answer.certainty, evidence=evidence),
            )
