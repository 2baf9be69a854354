"""New contacts and domains that confirmed threads speak for: proposed, taken or refused by a person."""

from datetime import datetime

from triage.core.errors import NotFound
from triage.core.proposal import Proposal, Sighting, propose
from triage.services.practice import Practice
from triage.services.recompute import recompute_threads
from triage.store import proposals as store
from triage.store.database import Connection, Database


def open_proposals(database: Database, practice: Practice, *, now: datetime) -> tuple[Proposal, ...]:
    """Return what may be asked: domains first, and nothing that a person refused."""
    with database.read() as connection:
        return _open(connection, practice, now)


def take_proposal(
    database: Database, practice: Practice, proposal_id: str, *, actor: str, now: datetime
) -> Proposal:
    """Keep a proposed rule, from the first time on that it would have spoken.

    Read the practice anew afterwards, and call ``apply_proposal`` with it.

    Raises:
        NotFound: If nothing of that id is proposed.
    """
    with database.write() as connection:
        proposal = _named(connection, practice, proposal_id, now)
        store.take(connection, proposal, practice.account_key(proposal.account), actor=actor, now=now)
    return proposal


def apply_proposal(database: Database, practice: Practice, proposal: Proposal, *, now: datetime) -> int:
    """Derive anew the threads in which the rule speaks.

    Args:
        practice: Read after the rule was kept.

    Returns:
        How many threads.
    """
    with database.read() as connection:
        threads = {
            one.thread
            for one in store.participations(connection)
            if one.at >= proposal.since and any(proposal.covers(email) for email in one.emails)
        }
    recompute_threads(database, practice, sorted(threads), now=now)
    return len(threads)


def refuse_proposal(
    database: Database, practice: Practice, proposal_id: str, *, actor: str, now: datetime
) -> None:
    """Never propose a rule for this account again.

    Raises:
        NotFound: If nothing of that id is proposed.
    """
    with database.write() as connection:
        proposal = _named(connection, practice, proposal_id, now)
        store.refuse(connection, proposal, practice.account_key(proposal.account), actor=actor, now=now)


def _named(connection: Connection, practice: Practice, proposal_id: str, now: datetime) -> Proposal:
    for proposal in _open(connection, practice, now):
        if proposal.id == proposal_id:
            return proposal
    raise NotFound(f"nothing is proposed as {proposal_id!r}; see `triage labels proposals`")


def _open(connection: Connection, practice: Practice, now: datetime) -> tuple[Proposal, ...]:
    sightings = (
        Sighting(account=one.account, email=email, at=one.at)
        for one in store.participations(connection)
        if one.account is not None
        for email in one.emails
    )
    refused = store.refused_proposals(connection)
    return tuple(
        proposal
        for proposal in propose(sightings, practice.rules, at=now)
        if (proposal.id, practice.account_key(proposal.account)) not in refused
    )
