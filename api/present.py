"""Values of the core in the words of the public contract."""

import hashlib
from datetime import datetime
from typing import Any, cast

import orjson
from starlette.responses import Response

from api import schemas
from triage.core.coverage import Coverage
from triage.core.message import Address, Evidence
from triage.core.queue_entry import COUNT_CAP, Counts, QueueEntry
from triage.core.search_hit import SearchHit
from triage.core.thread_history import KeptDecision, ThreadHistory
from triage.core.thread_view import ClockView, MessageView
from triage.services.queue import CoverageReport, OpenedThread, Queue
from triage.services.search import SearchPage


def json_response(content: Any, *, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401 - any TypedDict
    """Return the content as JSON, instants with a ``Z``."""
    return Response(encode(content), media_type="application/json", headers=headers)


def encode(content: Any) -> bytes:  # noqa: ANN401 - any TypedDict
    """Return the content as JSON bytes."""
    return orjson.dumps(content, option=orjson.OPT_UTC_Z)


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
    return {
        "entries": [queue_entry(entry, proof, page.as_of) for entry in page.entries],
        "next_cursor": page.next_cursor,
        "counts": counts(page.counts),
        "coverage": proof,
        "as_of": page.as_of,
    }


def queue_entry(entry: QueueEntry, proof: schemas.CoverageAge, now: datetime) -> schemas.QueueEntryJson:
    """Return one thread of the queue."""
    return {
        "id": entry.thread_id,
        "url": f"/threads/{entry.thread_id}",
        "subject": entry.subject,
        "account": _account(entry),
        "project": _project(entry),
        "status": entry.status,
        "priority": entry.priority,
        "pending": entry.is_pending,
        "waiting_on": entry.waiting_on,
        "waiting_since": entry.waiting_since,
        "clock": {
            "target": entry.target,
            "state": cast("schemas.ClockState | None", entry.clock_state(now)),
            "due_at": entry.due_at,
            "remaining_seconds": _remaining(entry.due_at, now),
        },
        "last_sender": entry.last_sender,
        "snippet": entry.snippet,
        "message_count": entry.message_count,
        "last_message_at": entry.last_message_at,
        "flags": [flag.value for flag in entry.flags(now)],
        "reasons": reasons(entry.reasons(now)),
        "coverage": proof,
        "version": entry.version,
    }


def search_page(page: SearchPage) -> schemas.SearchJson:
    """Return a page of messages that were found."""
    return {
        "hits": [_hit(hit) for hit in page.hits],
        "next_cursor": page.next_cursor,
        "behind": page.behind,
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
        **queue_entry(thread.entry, coverage_age(opened.coverage, now), now),
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
        "as_of": report.as_of,
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


def _remaining(due_at: datetime | None, now: datetime) -> int | None:
    return None if due_at is None else int((due_at - now).total_seconds())
