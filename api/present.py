"""Values of the core in the words of the public contract."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from starlette.responses import Response

from api import schemas
from triage.core.canary import CanaryReport
from triage.core.coverage import Coverage
from triage.core.message import Address, Evidence
from triage.core.queue_entry import COUNT_CAP, Counts, QueueEntry, flags, standing
from triage.core.queue_row import QueueRow, plain_instant
from triage.core.search_hit import SearchHit
from triage.core.thread_history import KeptDecision, ThreadHistory
from triage.core.thread_view import ClockView, MessageView
from triage.services.queue import CoverageReport, OpenedThread, Queue
from triage.services.search import SearchPage

#: Instants are written with a ``Z``; those of stored rows carry no zone and are UTC.
_INSTANTS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


def json_response(content: Any, *, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401 - any TypedDict
    """Return the content as JSON, instants with a ``Z``."""
    return Response(encode(content), media_type="application/json", headers=headers)


def encode(content: Any) -> bytes:  # noqa: ANN401 - any TypedDict
    """Return the content as JSON bytes."""
    return orjson.dumps(content, option=_INSTANTS)


def etag(thread: schemas.ThreadJson) -> str:
    """Return the entity tag of a thread: its version, and a hash of all that does not age by itself."""
    lasting: dict[str, Any] = {**thread, "as_of": None}
    lasting["coverage"] = {**thread["coverage"], "age_seconds": None}
    lasting["clock"] = {**thread["clock"], "remaining_seconds": None}
    digest = hashlib.blake2b(encode(lasting), digest_size=9).hexdigest()
    return f'"{thread["version"]}-{digest}"'


def queue_page(page: Queue) -> schemas.QueuePage:
    """Return a page of the queue."""
    proof = coverage_age(page.coverage, page.as_of)
    # Every row repeats the proof; it is written once.
    written = cast("schemas.CoverageAge", orjson.Fragment(encode(proof)))
    return {
        "entries": queue_rows(page.rows, written, page.as_of),
        "next_cursor": page.next_cursor,
        "counts": counts(page.counts),
        "coverage": proof,
        "as_of": page.as_of,
    }


def queue_rows(
    rows: Iterable[QueueRow], proof: schemas.CoverageAge, now: datetime
) -> list[schemas.QueueEntryJson]:
    """Return stored rows as threads of the queue."""
    # Instants of rows have no zone: taking that of now off once is less than adding one to each of them.
    plain_now = now.astimezone(UTC).replace(tzinfo=None)
    entries: list[schemas.QueueEntryJson] = []
    for (
        thread_id,
        subject,
        _account_id,
        account_key,
        account_name,
        account_state,
        account_probability,
        account_is_proven,
        project_key,
        project_name,
        project_state,
        project_probability,
        project_is_proven,
        status,
        priority,
        waiting_on,
        waiting_since,
        is_pending,
        due_at,
        target,
        stored_state,
        snippet,
        last_sender,
        message_count,
        last_message_at,
        evidence,
        version,
    ) in rows:
        due = None if due_at is None else plain_instant(due_at)
        left = None if due is None else (due - plain_now).total_seconds()
        clock = standing(stored_state, left, target, due_at, waiting_since)
        why: list[schemas.Reason] = [{"kind": one, "text": said} for one, said in orjson.loads(evidence)]
        why.append({"kind": clock.kind, "text": clock.text})
        entries.append(
            {
                "id": thread_id,
                "url": f"/threads/{thread_id}",
                "subject": subject,
                "account": {
                    "key": account_key,
                    "name": account_name or "",
                    "state": account_state,
                    "probability": account_probability,
                    "is_proven": account_is_proven == 1,
                },
                "project": {
                    "key": project_key,
                    "name": project_name or "",
                    "state": project_state,
                    "probability": project_probability,
                    "is_proven": project_is_proven == 1,
                },
                "status": status,
                "priority": priority,
                "pending": is_pending == 1,
                "waiting_on": waiting_on,
                "waiting_since": None if waiting_since is None else plain_instant(waiting_since),
                "clock": {
                    "target": target,
                    "state": cast("schemas.ClockState | None", clock.state),
                    "due_at": due,
                    "remaining_seconds": clock.seconds_left,
                },
                "last_sender": last_sender,
                "snippet": snippet,
                "message_count": message_count,
                "last_message_at": None if last_message_at is None else plain_instant(last_message_at),
                "flags": flags(clock.raised, priority, account_state, project_state),
                "reasons": why,
                "coverage": proof,
                "version": version,
            }
        )
    return entries


def search_page(page: SearchPage) -> schemas.SearchJson:
    """Return a page of messages that were found."""
    return {
        "hits": [_hit(hit) for hit in page.hits],
        "next_cursor": page.next_cursor,
        "behind": page.behind,
        "unknown": list(page.unknown),
        "as_of": page.as_of,
    }


def _hit(hit: SearchHit) -> schemas.HitJson:
    entry = hit.entry
    return {
        "message_id": hit.message_id,
        "thread": {
            "id": entry.thread_id,
            "url": f"/threads/{entry.thread_id}",
            "account": _account(entry),
            "project": _project(entry),
            "status": entry.status,
            "pending": entry.is_pending,
        },
        "received_at": hit.received_at,
        "direction": hit.direction,
        "sender": {"name": hit.sender_name, "email": hit.sender_email},
        "subject": [{"text": piece.text, "hit": piece.is_hit} for piece in hit.subject],
        "snippet": [{"text": piece.text, "hit": piece.is_hit} for piece in hit.snippet],
        "files": list(hit.files),
        "quoted": hit.is_quoted,
    }


def _account(entry: QueueEntry) -> schemas.AccountTag:
    return {
        "key": entry.account_key,
        "name": entry.account_name,
        "state": entry.account_state,
        "probability": entry.account_probability,
        "is_proven": entry.account_is_proven,
    }


def _project(entry: QueueEntry) -> schemas.ProjectTag:
    return {
        "key": entry.project_key,
        "name": entry.project_name,
        "state": entry.project_state,
        "probability": entry.project_probability,
        "is_proven": entry.project_is_proven,
    }


def opened_thread(opened: OpenedThread) -> schemas.ThreadJson:
    """Return a thread with its messages and clocks."""
    thread, now = opened.thread, opened.as_of
    return {
        **queue_rows([thread.row], coverage_age(opened.coverage, now), now)[0],
        "account_reasons": reasons(thread.account_evidence),
        "project_reasons": reasons(thread.project_evidence),
        "first_message_at": thread.first_message_at,
        "last_inbound_at": thread.last_inbound_at,
        "messages": [_message(message) for message in opened.messages],
        "clocks": [_clock(clock, now) for clock in opened.clocks],
        "refused_links": [
            {"reason": link.reason, "sentence": link.sentence, "other_thread_id": link.other_thread_id}
            for link in opened.refused_links
        ],
        "as_of": now,
    }


def history(found: ThreadHistory, decisions: tuple[KeptDecision, ...]) -> schemas.HistoryJson:
    """Return why each message is in a thread, and what people and the machine did to it."""
    return {
        "thread_id": found.thread,
        "places": [
            {
                "message_id": place.message,
                "parent_id": place.parent,
                "depth": place.depth,
                "joined_by": place.joined_by.value if place.joined_by else None,
                "joined_to": place.joined_to,
                "via": place.via,
                "strength": place.strength,
                "shared_lines": place.shared_lines,
                "sentence": place.sentence,
            }
            for place in found.places
        ],
        "refused": [
            {
                "message_id": one.message,
                "other_message_id": one.other_message,
                "other_thread_id": one.other_thread,
                "kind": one.kind.value,
                "reason": one.reason.value,
                "via": one.via,
                "strength": one.kind.strength,
                "shared_lines": one.shared_lines,
                "sentence": f"{one.link}. Kept apart: {one.because}.",
            }
            for one in found.refused
        ],
        "events": [
            {
                "id": event.id,
                "at": event.at,
                "actor": event.actor,
                "kind": event.kind,
                "thread_id": event.thread,
                "from_thread_id": event.origin,
                "message_ids": list(event.messages),
                "undone_by": event.undone_by,
            }
            for event in found.events
        ],
        "decisions": [
            {
                "id": one.id,
                "at": one.at,
                "actor": one.actor,
                "kind": one.kind,
                "value": one.value,
                "undone_by": one.undone_by,
            }
            for one in decisions
        ],
    }


def coverage_report(report: CoverageReport) -> schemas.CoverageJson:
    """Return the coverage, folder by folder."""
    return {
        **coverage_age(report.coverage, report.as_of),
        "folders": [
            {
                "mailbox": row.mailbox,
                "folder": row.folder,
                "kind": row.kind,
                "state": row.state,
                "reason": row.reason,
                "is_proven": row.is_proven(report.as_of),
                "checked_at": row.checked_at,
                "server_messages": row.server_messages,
                "stored_messages": row.stored_messages,
                "quarantined": row.quarantined,
                "unfetchable": row.unfetchable,
            }
            for row in report.folders
        ],
        "held_back": [
            {
                "mailbox": held.mailbox,
                "folder": held.folder,
                "uid": held.uid,
                "state": held.state,
                "reason": held.reason,
                "seen_at": held.seen_at,
            }
            for held in report.held_back
        ],
        "comparisons": [
            {
                "mailbox": one.mailbox,
                "folder": one.folder,
                "level": one.level.value,
                "finished_at": one.finished_at,
                "missing": one.missing,
                "unexplained": one.unexplained,
            }
            for one in report.comparisons
        ],
        "canary": None if report.canary is None else _canary(report.canary),
        "as_of": report.as_of,
    }


def _canary(said: CanaryReport) -> schemas.CanaryJson:
    return {
        "mailbox": said.mailbox,
        "state": said.state.value,
        "sent_at": said.sent_at,
        "arrived_at": said.arrived_at,
        "round_trip_seconds": said.round_trip_seconds,
        "missing_since": said.missing_since,
        "sentence": said.sentence,
    }


def coverage_age(coverage: Coverage, now: datetime) -> schemas.CoverageAge:
    """Return whether all mail is known to be here, and how old that knowledge is."""
    return {
        "state": coverage.state.value,
        "since": coverage.since,
        "age_seconds": coverage.age_seconds(now),
        "sentence": coverage.sentence,
    }


def counts(counted: Counts) -> schemas.CountsJson:
    """Return the counts of all views."""
    return {
        "pending": counted.pending,
        "breached": counted.breached,
        "at_risk": counted.at_risk,
        "waiting_customer": counted.waiting_customer,
        "low": counted.low,
        "unknown": counted.unknown,
        "all": counted.all,
        "capped_at": COUNT_CAP,
    }


def reasons(evidence: tuple[Evidence, ...]) -> list[schemas.Reason]:
    """Return reasons in their order."""
    return [{"kind": reason.kind, "text": reason.text} for reason in evidence]


def _message(message: MessageView) -> schemas.MessageJson:
    return {
        "id": message.id,
        "message_id": message.header_id,
        "received_at": message.received_at,
        "sent_at": message.sent_at,
        "direction": message.direction,
        "message_class": message.message_class,
        "class_reasons": reasons(message.class_evidence),
        "sender": _address(message.sender),
        "to": [_address(address) for address in message.to],
        "cc": [_address(address) for address in message.cc],
        "subject": message.subject,
        "account_state": message.account_state,
        "account_reasons": reasons(message.account_evidence),
        "text": message.text,
        "zones": [{"kind": zone.kind.value, "start": zone.start, "end": zone.end} for zone in message.zones],
        "has_more_text": message.has_more_text,
        "attachments": [
            {
                "name": part.name,
                "content_type": part.content_type,
                "size_bytes": part.size_bytes,
                "is_inline": part.is_inline,
            }
            for part in message.attachments
        ],
        "defects": list(message.defects),
    }


def _clock(clock: ClockView, now: datetime) -> schemas.ClockJson:
    return {
        "target": clock.target,
        "cycle": clock.cycle,
        "state": clock.state_at(now),
        "policy": clock.policy,
        "schedule": clock.schedule,
        "minutes": clock.minutes,
        "anchor_at": clock.anchor_at,
        "due_at": clock.due_at,
        "ended_at": clock.ended_at,
    }


def _address(address: Address) -> schemas.AddressJson:
    return {"name": address.name, "email": address.email}
