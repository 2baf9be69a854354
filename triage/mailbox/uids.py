"""Which UIDs a folder holds, asked in windows: one SEARCH over a large folder is a line of megabytes.

Source: RFC 3501 section 6.4.8; reliability page, facts 2 and 6.
"""

from collections.abc import Iterator
from typing import Final

from triage.mailbox.answers import fetch_answers
from triage.mailbox.connection import Raw, Session
from triage.mailbox.folders import FolderState

#: UIDs asked for at once. Their numbers fill at most a quarter of a line.
WINDOW: Final = 20_000
#: Largest UID (RFC 3501 section 9, nz-number).
MAX_UID: Final = 2**32 - 1


def uids_after(session: Session, state: FolderState, last_uid: int) -> Iterator[list[int]]:
    """Yield the UIDs above ``last_uid`` of the open folder, ascending, at most 20,000 at a time.

    UIDNEXT is only a hint where to stop: the last window is open-ended, so that mail which came since,
    or which a wrong UIDNEXT hides, is seen. Gaps of any width are jumped.
    """
    low = last_uid + 1
    end = (state.uidnext or 1) - 1
    if state.uidnext is None or state.exists > WINDOW:
        end = max(end, _highest_uid(session))
    width = WINDOW
    while low <= MAX_UID:
        is_last = end - low < WINDOW or state.exists <= WINDOW
        if is_last:
            found = _search(session, low, None)
        elif width == WINDOW:
            found = _search(session, low, low + width - 1)
        else:
            first = _lowest_uid(session, low, min(low + width - 1, MAX_UID))
            if first is not None:
                low, width = first, WINDOW
                continue
            found = []
        for start in range(0, len(found), WINDOW):
            yield found[start : start + WINDOW]
        if is_last:
            return
        low += width
        width = WINDOW if found else width * 2


def uids_between(session: Session, low: int, high: int) -> list[int]:
    """Return the UIDs of the open folder from ``low`` to ``high``, both included, for an audit.

    Raises:
        ValueError: If the range is wider than one window.
    """
    if high - low >= WINDOW:
        raise ValueError(f"at most {WINDOW} UIDs are asked for at once")
    return _search(session, low, high)


def denies(session: Session, uid: int) -> bool:
    """Whether the server says, in so many words, that the open folder does not hold the message.

    An answer without a SEARCH line is not taken for a denial.
    """
    answers = _search_answers(session, uid, uid)
    return bool(answers) and uid not in _numbers(answers)


def _search(session: Session, low: int, high: int | None) -> list[int]:
    """Return the UIDs in the range; ``None`` is the open end."""
    found = _numbers(_search_answers(session, low, high))
    # ``low:*`` names the newest message even when its UID is below ``low``.
    return sorted(uid for uid in found if low <= uid <= (high or MAX_UID))


def _search_answers(session: Session, low: int, high: int | None) -> list[Raw]:
    return session.command("UID SEARCH", "UID", f"{low}:{'*' if high is None else high}")


def _numbers(answers: list[Raw]) -> set[int]:
    words = (word for answer in answers if isinstance(answer, bytes) for word in answer.split())
    return {int(word) for word in words if word.isdigit()}


def _lowest_uid(session: Session, low: int, high: int) -> int | None:
    """Return the first UID in a wide range; FETCH answers one line a message, whatever their number."""
    uids = _fetched_uids(session, f"{low}:{high}")
    return min((uid for uid in uids if low <= uid <= high), default=None)


def _highest_uid(session: Session) -> int:
    """Return the newest UID of the open folder, 0 when it is empty."""
    return max(_fetched_uids(session, "*"), default=0)


def _fetched_uids(session: Session, uid_set: str) -> list[int]:
    answers = fetch_answers(session.command("UID FETCH", uid_set, "(UID)"))
    return [uid for answer in answers if isinstance(uid := answer.get(b"UID"), int)]
