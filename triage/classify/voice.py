"""How the people of one account write: what ranks accounts for mail whose sender nobody knows.

A voice holds, for one account alone, in how many of its messages each word stands; nothing of another
account, and no background made of everybody's mail. What tells accounts apart, how common a word is over
all of them, is counted when voices are compared, in memory, and never written down. So a file can be
given up with its account, and none tells what another customer writes about.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from scipy.sparse import csr_array

from triage.classify.experience import Calibration, Experience
from triage.classify.label import AccountSuggestion, MailText, SaidMessage, Term
from triage.classify.linear import Floats, Integers
from triage.classify.risk import Decision
from triage.classify.tokens import CODE_MASK, words_of
from triage.core.ids import AccountId, ThreadId

#: Words of an account past its most frequent ones are names and slips.
_MOST_TERMS = 4_000
#: Added to the messages of each account, so that the few words of a new one do not shout.
_PRIOR_MESSAGES = 5
#: A voice is tried on the threads that began after this share of its messages.
_CUT = 0.7
_MOST_TRIALS = 100
_SHOWN_TERMS = 5
_SHOWN_OTHERS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Voice:
    """The words of one account.

    Attributes:
        terms: The most frequent ones, in the order of the alphabet.
        counts: In how many messages each of them stands.
        messages: How many there were.
        experience: How accounts were told by it on mail it had not learnt; only numbers.
        newest_at: When the newest message it learnt from was received.
    """

    account: AccountId
    terms: tuple[str, ...]
    counts: Integers
    messages: int
    made_at: datetime
    newest_at: datetime
    experience: Experience = field(default_factory=Experience)


def fit_voice(account: AccountId, said: Sequence[SaidMessage], *, now: datetime) -> Voice:
    """Count the words of an account. The same messages give the same voice, in any order.

    Args:
        said: At least one message.
    """
    found = Counter(term for one in said for term in _terms(one.mail))
    kept = sorted(sorted(found, key=lambda term: (-found[term], term))[:_MOST_TERMS])
    return Voice(
        account=account,
        terms=tuple(kept),
        counts=np.array([found[term] for term in kept], dtype=np.int64),
        messages=len(said),
        made_at=now,
        newest_at=max(one.received_at for one in said),
    )


class Choir:
    """The voices of all accounts, side by side in memory."""

    def __init__(self, voices: Iterable[Voice]) -> None:
        """Put voices side by side."""
        self.accounts: list[AccountId] = []
        self._columns: dict[str, int] = {}
        messages: list[int] = []
        rows, columns, counts = [np.zeros(0)], [np.zeros(0)], [np.zeros(0)]
        for number, voice in enumerate(voices):
            self.accounts.append(voice.account)
            messages.append(voice.messages)
            rows.append(np.full(len(voice.terms), float(number)))
            places = [self._columns.setdefault(term, len(self._columns)) for term in voice.terms]
            columns.append(np.array(places, dtype=np.float64))
            counts.append(voice.counts.astype(np.float64))
        self._messages = np.array(messages, dtype=np.float64)
        shape = (len(self.accounts), len(self._columns))
        cells = (np.concatenate(rows).astype(np.int64), np.concatenate(columns).astype(np.int64))
        self._counts = csr_array((np.concatenate(counts), cells), shape=shape).tocsc()

    def suggest(self, mails: Sequence[MailText], calibration: Calibration) -> list[AccountSuggestion]:
        """Rank the accounts for each mail, and tell whether the first is sure enough to be shown."""
        if len(self.accounts) < 2:  # noqa: PLR2004 (two things are needed to tell apart)
            return []
        found = []
        for mail in mails:
            terms = sorted(_terms(mail) & self._columns.keys())
            counts = self._cut(terms)
            parts = _parts(counts, self._messages)
            scores = parts.sum(axis=1)
            ranked = np.argsort(-scores, kind="stable")
            lead = _lead(scores)
            spoken = parts[ranked[0]] - parts[ranked[1]] if terms else np.zeros(0)
            loudest = np.argsort(-spoken, kind="stable")[:_SHOWN_TERMS]
            found.append(
                AccountSuggestion(
                    account=self.accounts[int(ranked[0])],
                    probability=float(calibration.probabilities(np.array([lead]))[0]),
                    abstained=not calibration.accepts(lead, lead),
                    terms=tuple(
                        Term(term=terms[one], weight=float(spoken[one])) for one in loudest if spoken[one] > 0
                    ),
                    others=tuple(
                        self.accounts[int(one)] for one in ranked[1 : 1 + _SHOWN_OTHERS] if scores[one] > 0
                    ),
                )
            )
        return found

    def tried(self, voice: Voice, said: Sequence[SaidMessage]) -> Voice:
        """Return a voice of this choir with its experience, from the messages that it was fitted from.

        Three things are tried, one message a thread: whether threads that began later are told by what
        was said before (decisions), whether each thread is told by a voice that never heard it (trials),
        and how far another account seems to lead where the true one is missing (strangers).
        """
        rows = sorted(said, key=lambda one: (one.received_at, one.message))
        if len(self.accounts) < 2:  # noqa: PLR2004 (two things are needed to tell apart)
            return voice
        own = self.accounts.index(voice.account)
        cut = int(len(rows) * _CUT)
        experience = Experience(
            decisions=tuple(self._later(own, rows[:cut], rows[cut:])),
            trials=tuple(self._without_thread(own, voice, rows)),
            strange_leads=tuple(self._without_account(own, rows)),
        )
        return replace(voice, experience=experience)

    def _later(
        self, own: int, known: Sequence[SaidMessage], later: Sequence[SaidMessage]
    ) -> Iterator[Decision]:
        heard = {one.thread for one in known}
        before = Counter(term for one in known for term in _terms(one.mail))
        for one in _firsts(one for one in later if one.thread not in heard):
            if known:
                yield self._decision(own, one, before, len(known))

    def _without_thread(self, own: int, voice: Voice, rows: Sequence[SaidMessage]) -> Iterator[Decision]:
        whole = dict(zip(voice.terms, voice.counts.tolist(), strict=True))
        for first in _firsts(rows):
            thread = [one for one in rows if one.thread == first.thread]
            if len(thread) < len(rows):
                left = Counter(whole)
                left.subtract(Counter(term for one in thread for term in _terms(one.mail)))
                yield self._decision(own, first, left, len(rows) - len(thread))

    def _without_account(self, own: int, rows: Sequence[SaidMessage]) -> Iterator[float]:
        others = np.arange(len(self.accounts)) != own
        if others.sum() < 2:  # noqa: PLR2004 (a lead needs two)
            return
        for one in _firsts(rows):
            counts = self._cut(sorted(_terms(one.mail) & self._columns.keys()))[others]
            yield _lead(_parts(counts, self._messages[others]).sum(axis=1))

    def _decision(self, own: int, one: SaidMessage, heard: Counter[str], messages: int) -> Decision:
        """Return how the accounts are ranked if the own one had heard only this."""
        terms = sorted(_terms(one.mail) & self._columns.keys())
        counts, totals = self._cut(terms), self._messages.copy()
        counts[own] = [max(0, heard[term]) for term in terms]
        totals[own] = messages
        scores = _parts(counts, totals).sum(axis=1)
        return Decision(score=_lead(scores), is_right=int(scores.argmax()) == own, message=one.message)

    def _cut(self, terms: Sequence[str]) -> Floats:
        """Return the counts of these terms, one row an account."""
        return np.asarray(self._counts[:, [self._columns[term] for term in terms]].toarray())


def _parts(counts: Floats, messages: Floats) -> Floats:
    """Return what each term adds to the score of each account; a term that nobody uses adds nothing.

    The share of the account's messages that hold the term (its square root, since a word that comes up
    twice as often is not twice as telling), weighted by how rare the term is over all accounts.
    """
    used = counts.sum(axis=0)
    rarity = np.where(used > 0, np.log((1 + messages.sum()) / (1 + used)) + 1, 0.0)
    length = np.linalg.norm(rarity) or 1.0
    return np.asarray(np.sqrt(counts / (messages[:, None] + _PRIOR_MESSAGES)) * rarity**2 / length)


def _lead(scores: Floats) -> float:
    """Return by how much the first is ahead of the second."""
    second, first = np.sort(scores)[-2:]
    return float(first - second)


def _firsts(rows: Iterable[SaidMessage]) -> list[SaidMessage]:
    """Return the first message of each thread, of the newest threads."""
    threads: dict[ThreadId, SaidMessage] = {}
    for one in rows:
        threads.setdefault(one.thread, one)
    return list(threads.values())[-_MOST_TRIALS:]


def _terms(mail: MailText) -> set[str]:
    """Return the words of a mail; who takes part and numbers do not count."""
    texts = (mail.subject, mail.text, *mail.attachment_names)
    words = {word for text in texts for word in words_of(text)}
    return {word for word in words if any(letter.isalpha() for letter in word)} - {CODE_MASK.strip()}
