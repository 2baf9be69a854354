"""Whose turn it is in a thread: who waits for whom since when, and why, in words a consultant reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from triage.core.instant import as_utc
from triage.core.message import Evidence
from triage.core.policy import Status
from triage.core.timeline import Entry, EntryKind, Timeline
from triage.core.waits import Course, Wait, WaitEnd, read_course

#: A mail that only copies us and asks somebody of the customer becomes ours after so much silence.
SILENCE = timedelta(days=1)


class WaitingOn(StrEnum):
    """Who has to do something next."""

    US = "us"
    CUSTOMER = "customer"
    THIRD_PARTY = "third_party"
    NOBODY = "nobody"


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Whose turn it is.

    Attributes:
        waiting_since: The oldest unanswered mail when they wait for us, our last reply when we wait
            for them; None when nobody waits.
        is_pending: A person outside waits for an answer of ours.
        needs_reply: The open wait asks for an answer; False also when nothing is open.
        is_for_review: Not pending by a rule that may be wrong (a thank-you, a mail that only copies
            us): shown with the reason, so that a person can disagree.
        answered_by: The mail of ours that answered the last wait, when it is answered.
        changes_at: When the answer changes by itself, without new mail; None otherwise.
        evidence: Why, most important first.
    """

    waiting_on: WaitingOn
    waiting_since: datetime | None
    is_pending: bool
    needs_reply: bool
    is_for_review: bool = False
    answered_by: Entry | None = None
    changes_at: datetime | None = None
    evidence: tuple[Evidence, ...] = ()


def turn(timeline: Timeline, *, now: datetime, course: Course | None = None) -> Turn:
    """Return whose turn it is.

    Args:
        now: Aware instant.
        course: Of this timeline, where it is known already.

    Source: algorithms.md section 4, state machine.
    """
    course = course or read_course(timeline)
    wait = course.open_wait
    if wait is None:
        return _settled(course, timeline)
    if wait.needs_reply:
        return _open(course, wait)
    return _doubtful(course, wait, as_utc(now))


def speaks_after(wait: Wait) -> datetime | None:
    """Return when a mail that only copies us becomes ours by silence; None when it never does."""
    asking = [
        entry
        for entry in wait.entries
        if not entry.is_addressed_to_us and entry.wording.has_request and not entry.wording.is_closing
    ]
    # Any later mail of the customer breaks the silence: somebody was there.
    if wait.needs_reply or not asking or asking[-1] is not wait.entries[-1]:
        return None
    return asking[-1].at + SILENCE


def _open(course: Course, wait: Wait) -> Turn:
    evidence = [*_warnings(wait), _asked(wait)]
    if wait.is_reopening:
        evidence.append(Evidence(kind="reopened", text="The customer wrote after the thread was solved."))
    waiting_on, is_pending = WaitingOn.US, True
    if course.status is Status.WAITING_CUSTOMER:
        # A person said so after that mail: mail that comes later ends the status.
        waiting_on, is_pending = WaitingOn.CUSTOMER, False
        evidence.insert(
            0,
            Evidence(kind="status", text="Set to waiting for the customer; the clock of their mail runs on."),
        )
    elif course.status is Status.WAITING_THIRD_PARTY:
        waiting_on = WaitingOn.THIRD_PARTY
        evidence.insert(0, Evidence(kind="status", text="Set to waiting for a third party."))
    return Turn(
        waiting_on=waiting_on,
        waiting_since=wait.anchor.at,
        is_pending=is_pending,
        needs_reply=True,
        evidence=tuple(evidence),
    )


def _doubtful(course: Course, wait: Wait, now: datetime) -> Turn:
    """A wait of thank-yous and of mails that only copy us."""
    becomes_ours_at = speaks_after(wait)
    if becomes_ours_at is not None and now >= becomes_ours_at:
        silence = Evidence(
            kind="silence",
            text="A request that only copied us; nobody of the customer answered within a day.",
        )
        return Turn(
            waiting_on=WaitingOn.US,
            waiting_since=wait.entries[-1].at,
            is_pending=True,
            needs_reply=True,
            evidence=(silence, *_warnings(wait)),
        )
    if all(entry.wording.is_closing for entry in wait.entries):
        reason = Evidence(kind="closing", text="The customer only thanks or confirms; we spoke last.")
    else:
        reason = Evidence(kind="watch", text="The customer writes to their own people and only copies us.")
    return Turn(
        waiting_on=WaitingOn.NOBODY,
        waiting_since=None,
        is_pending=False,
        needs_reply=False,
        is_for_review=course.status is not Status.SOLVED or not wait.anchor.wording.is_closing,
        answered_by=next((before.answer for before in reversed(course.waits[:-1]) if before.answer), None),
        changes_at=becomes_ours_at,
        evidence=(reason,),
    )


def _settled(course: Course, timeline: Timeline) -> Turn:
    last = course.waits[-1] if course.waits else None
    waiting_on, since = _after_all(course, last)
    return Turn(
        waiting_on=waiting_on,
        waiting_since=since,
        is_pending=False,
        needs_reply=False,
        answered_by=None if last is None else last.answer,
        evidence=_ending(course, last, timeline),
    )


def _after_all(course: Course, last: Wait | None) -> tuple[WaitingOn, datetime | None]:
    if course.status is Status.SOLVED:
        return WaitingOn.NOBODY, None
    if course.status is Status.WAITING_THIRD_PARTY:
        return WaitingOn.THIRD_PARTY, course.statuses[-1].at
    if course.status is Status.WAITING_CUSTOMER:
        return WaitingOn.CUSTOMER, course.statuses[-1].at
    if not course.replies or (last is not None and last.end is not WaitEnd.ANSWERED):
        return WaitingOn.NOBODY, None
    return WaitingOn.CUSTOMER, course.replies[-1].at


def _asked(wait: Wait) -> Evidence:
    sender, count = wait.anchor.sender_email or "somebody", len(wait.entries)
    if wait.anchor.is_invitation:
        return Evidence(kind="rsvp_needed", text=f"{sender} invites; the answer to the invitation is open.")
    more = "" if count == 1 else f" The customer wrote {count} times since; the first mail counts."
    return Evidence(
        kind="unanswered", text=f"{sender} wrote on {_when(wait.anchor.at)} and has no answer.{more}"
    )


def _warnings(wait: Wait) -> list[Evidence]:
    found = [
        Evidence(
            kind="undelivered",
            text=f"The answer of {_when(reply.at)} came back on {_when(bounce.at)}: it did not arrive.",
        )
        for reply, bounce in wait.undelivered
    ]
    found += [
        Evidence(
            kind="asker_left_out",
            text=f"{reply.sender_email} replied on {_when(reply.at)}, but not to {wait.anchor.sender_email}.",
        )
        for reply in wait.missed
    ]
    if wait.held_by is not None:
        by, on = wait.held_by.sender_email, _when(wait.held_by.at)
        text = f"{by} announced an answer on {on}; it is still to come."
        found.append(Evidence(kind="holding_reply", text=text))
    if wait.inside:
        colleagues = ", ".join(wait.inside[-1].recipients) or "nobody outside"
        text = f"{wait.inside[-1].sender_email} wrote inside only, to {colleagues}; that is no answer."
        found.append(Evidence(kind="inside_only", text=text))
    return found


def _ending(course: Course, last: Wait | None, timeline: Timeline) -> tuple[Evidence, ...]:
    if last is None:
        if course.replies:
            return (Evidence(kind="ours_first", text="We wrote; nobody of the customer has written yet."),)
        return (Evidence(kind="no_person", text=_machines(timeline)),)
    match last.end:
        case WaitEnd.ANSWERED if last.answer is not None:
            text = f"{last.answer.sender_email} answered on {_when(last.answer.at)}."
            return (Evidence(kind="answered", text=text),)
        case WaitEnd.NO_REPLY_NEEDED if last.decision is not None:
            by = last.decision.actor or "a person"
            return (
                Evidence(
                    kind="no_reply_needed",
                    text=f"{by} decided on {_when(last.decision.at)}: no reply needed.",
                ),
            )
        case WaitEnd.SOLVED if last.decision is not None:
            by = last.decision.actor or "a person"
            return (Evidence(kind="solved", text=f"{by} set it to solved on {_when(last.decision.at)}."),)
        case _:
            return (Evidence(kind="withdrawn", text="The customer took the invitation back."),)


def _machines(timeline: Timeline) -> str:
    kinds = {entry.kind for entry in timeline.entries if not entry.is_from_us}
    names = {
        EntryKind.AUTO_REPLY: "automatic replies",
        EntryKind.BOUNCE: "delivery reports",
        EntryKind.BULK: "bulk mail",
        EntryKind.SYSTEM: "receipts and calendar answers",
    }
    found = [name for kind, name in names.items() if kind in kinds]
    return (
        f"Only {' and '.join(found)}; no person waits." if found else "No person of a customer has written."
    )


def _when(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")
