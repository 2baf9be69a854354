"""Answered outside the thread: a new mail of ours that may answer an open one without saying so.

Certain closes, possible only asks "possibly answered, confirm" and keeps the clock running. A mail
never answers one of another customer. What was said on the phone no machine can see.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from math import fsum, log, sqrt

from triage.core.ids import AccountId, MessageId
from triage.core.message import Evidence

#: Older mail is not answered by a new one that does not name it.
WINDOW = timedelta(days=14)
_QUOTED_LINES = 3
#: Share of the shorter subject's words that the longer one must hold, and how many at least.
_SUBJECT_SHARE, _SUBJECT_WORDS = 0.9, 2
#: Likeness of the words from which an answer is worth asking about.
_MIN_COSINE = 0.3
_WORD = re.compile(r"[^\W_]{4,}")
#: Beyond that a text says nothing new about its topic.
_MAX_CHARS = 4_000


class Certainty(StrEnum):
    """How sure it is that the open mail was answered."""

    CERTAIN = "certain"
    POSSIBLE = "possible"
    NONE = "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbound:
    """A mail of ours that stands alone in its thread.

    Attributes:
        account: Confirmed account of its recipients, or None.
        recipients: Addresses of To and Cc in lower case.
        quoted_lines: Fingerprints (core.conversation.fingerprint).
    """

    at: datetime
    account: AccountId | None
    recipients: frozenset[str]
    base_subject: str
    text_new: str
    quoted_lines: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenMail:
    """A mail that waits for an answer of ours.

    Attributes:
        sender: Address in lower case.
        new_lines: Fingerprints of its lines that are rare.
    """

    key: MessageId
    at: datetime
    account: AccountId | None
    sender: str
    base_subject: str
    text_new: str
    new_lines: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True, slots=True)
class OutsideAnswer:
    """What an outbound mail answers.

    Attributes:
        answered: The open mails that this is about, oldest first; empty when there is none.
    """

    certainty: Certainty
    answered: tuple[MessageId, ...] = ()
    evidence: tuple[Evidence, ...] = ()


NO_ANSWER = OutsideAnswer(certainty=Certainty.NONE)


def match(outbound: Outbound, candidates: Sequence[OpenMail]) -> OutsideAnswer:
    """Return which open mails the outbound mail answers, and how surely.

    Only mail of the last 14 days whose sender the outbound mail is addressed to comes into question.
    Where one of the two has no confirmed account nothing is certain.
    """
    fitting = sorted((one for one in candidates if _fits(outbound, one)), key=lambda one: (one.at, one.key))
    same_account = [one for one in fitting if one.account is not None and one.account == outbound.account]
    if quoted := [one for one in same_account if _shared_lines(outbound, one) >= _QUOTED_LINES]:
        return _answer(Certainty.CERTAIN, quoted, "quote", "it quotes at least three of its lines")
    same_subject = [
        one for one in fitting if outbound.base_subject and one.base_subject == outbound.base_subject
    ]
    if len(same_subject) == 1 and same_subject[0] in same_account:
        return _answer(Certainty.CERTAIN, same_subject, "subject", "same subject, and no other mail has it")
    if possible := [one for one in fitting if _is_alike(outbound, one)]:
        return _answer(Certainty.POSSIBLE, possible, "likeness", "same person and a like subject or wording")
    return NO_ANSWER


def _fits(outbound: Outbound, mail: OpenMail) -> bool:
    is_other_customer = None not in (outbound.account, mail.account) and outbound.account != mail.account
    is_recent = timedelta() < outbound.at - mail.at <= WINDOW
    return mail.sender in outbound.recipients and is_recent and not is_other_customer


def _answer(certainty: Certainty, mails: Sequence[OpenMail], kind: str, text: str) -> OutsideAnswer:
    return OutsideAnswer(
        certainty=certainty,
        answered=tuple(mail.key for mail in mails),
        evidence=(Evidence(kind=kind, text=text),),
    )


def _shared_lines(outbound: Outbound, mail: OpenMail) -> int:
    return len(outbound.quoted_lines & mail.new_lines)


def _is_alike(outbound: Outbound, mail: OpenMail) -> bool:
    return (
        _shared_lines(outbound, mail) >= _QUOTED_LINES
        or _are_subjects_alike(outbound.base_subject, mail.base_subject)
        or _cosine(outbound.text_new, mail.text_new) >= _MIN_COSINE
    )


def _are_subjects_alike(one: str, other: str) -> bool:
    words, others = set(one.split()), set(other.split())
    shared, shorter = len(words & others), min(len(words), len(others))
    is_equal = bool(one) and one == other
    return is_equal or (shared >= _SUBJECT_WORDS and shared >= _SUBJECT_SHARE * shorter)


def _cosine(one: str, other: str) -> float:
    """Return the likeness of two texts by their longer words, from 0 to 1."""
    (words, norm), (others, other_norm) = _weighed(one), _weighed(other)
    # Exact, so that the order of a set does not count.
    product = fsum(words[word] * others[word] for word in words.keys() & others.keys())
    return product / (norm * other_norm) if product else 0.0


# An open mail is compared with each mail of ours to its sender, as often as one comes. The words of one
# text may take 100 KB.
@lru_cache(maxsize=256)
def _weighed(text: str) -> tuple[dict[str, float], float]:
    """Return the weight of each longer word, and the length of all together."""
    counts = Counter(_WORD.findall(text[:_MAX_CHARS].casefold()))
    # Most words stand once in a text, and weigh one.
    repeated = {word: 1 + log(count) for word, count in counts.items() if count > 1}
    squares = len(counts) - len(repeated) + fsum(weight * weight for weight in repeated.values())
    return dict.fromkeys(counts, 1.0) | repeated, sqrt(squares)
