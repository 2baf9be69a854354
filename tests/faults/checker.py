"""A ledger outside the system, and the verdict on every mail in it, in the manner of Jepsen.

The generator remembers each mail it makes: a token in the words, the customer, the conversation, a
hash of the words. The checker reads over HTTP what the API serves, and nothing else, and compares.
"""

import hashlib
import random
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tests.acceptance.mail import letter
from tests.faults.api_reader import ApiReader

_TOKEN = re.compile(r"\btoken-[0-9]+\b")


class Verdict(StrEnum):
    """What became of a mail."""

    OK = "ok"
    LATE = "late"
    LOST = "lost"
    VANISHED = "seen, then gone"
    DUPLICATED = "duplicated"
    WRONG_THREAD = "wrong thread"
    WRONG_ACCOUNT = "wrong account"
    CORRUPTED = "corrupted"
    GHOST = "ghost"
    FALSE_PROOF = "called complete while missing"


#: What a sound system may show.
ALLOWED = frozenset({Verdict.OK, Verdict.LATE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A mail as its maker remembers it.

    Attributes:
        message_id: Left part of the Message-ID; two mails may share one.
        words_hash: Of the words, white space apart.
    """

    token: str
    account: str
    conversation: str
    message_id: str
    words_hash: str
    content: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Sighting:
    """A message as the API shows it."""

    token: str
    account: str | None
    thread: int
    words_hash: str


class Generator:
    """Makes mail of two customers: new matters, replies, and other words under a known Message-ID."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - the same seed has to give the same mail
        self._entries: list[Entry] = []
        self._shared: set[str] = set()
        self._answered: set[str] = set()

    def make(self) -> Entry:
        """Return the next mail."""
        number = len(self._entries)
        recent = [one for one in self._entries[-12:] if one.message_id not in self._shared]
        silent = [one for one in recent if one.message_id not in self._answered]
        kind = self._chance.random()
        if recent and kind < 0.4:
            parent = self._chance.choice(recent)
            self._answered.add(parent.message_id)
            entry = self._reply(number, parent)
        elif silent and kind < 0.5:
            # Nobody answers these: whom such an answer is for, no one could tell.
            twin = self._chance.choice(silent)
            self._shared.add(twin.message_id)
            entry = self._entry(number, message_id=twin.message_id, account=twin.account)
        else:
            account = self._chance.choice(("acme", "beta"))
            entry = self._entry(number, message_id=f"m{number}", account=account)
        self._entries.append(entry)
        return entry

    def _reply(self, number: int, parent: Entry) -> Entry:
        return self._entry(
            number,
            message_id=f"m{number}",
            account=parent.account,
            conversation=parent.conversation,
            reply_to=parent.message_id,
        )

    def _entry(
        self, number: int, *, message_id: str, account: str, conversation: str = "", reply_to: str = ""
    ) -> Entry:
        token = f"token-{number}"
        conversation = conversation or f"matter-{number}"
        words = f"Please see {token} about this matter. " + " ".join(
            f"w{self._chance.randrange(10**6)}" for _ in range(self._chance.randrange(5, 60))
        )
        content = letter(
            message_id,
            # One person a conversation: who takes part decides nothing here.
            sender=f"{conversation}@{account}.example",
            subject=f"{'Re: ' if reply_to else ''}Subject of {conversation}",
            body=words,
            reply_to=reply_to,
        )
        return Entry(
            token=token,
            account=account,
            conversation=conversation,
            message_id=message_id,
            words_hash=words_hash(words),
            content=content,
        )


@dataclass(slots=True)
class Checker:
    """Collects what was accepted and what was seen, and judges.

    Attributes:
        late_after: A mail first seen this many looks after it was accepted is late.
    """

    late_after: int = 1
    _accepted: dict[str, tuple[Entry, int]] = field(default_factory=dict)
    _first_seen: dict[str, int] = field(default_factory=dict)
    _false_proofs: set[str] = field(default_factory=set)
    _looks: int = 0

    def accept(self, entry: Entry) -> None:
        """Note that the server has the mail."""
        self._accepted[entry.token] = (entry, self._looks)

    def forget(self, token: str) -> None:
        """Note that somebody deleted the mail: what was never seen cannot be promised."""
        if token not in self._first_seen:
            del self._accepted[token]

    def has_seen(self, token: str) -> bool:
        """Tell whether the system showed the mail at some look."""
        return token in self._first_seen

    def look(self, api: ApiReader) -> list[Sighting]:
        """See all that the system shows now, and whether it calls that complete."""
        sightings = observe(api)
        self._note({one.token for one in sightings}, api, self._accepted.keys())
        return sightings

    def glance(self, api: ApiReader, entries: Sequence[Entry]) -> None:
        """See by their Message-IDs which of the mails the system shows; quicker than a look at all."""
        known = api.known([f"{entry.message_id}@mail.example" for entry in entries])
        seen = {entry.token for entry in entries if f"{entry.message_id}@mail.example" in known}
        self._note(seen, api, {entry.token for entry in entries})

    def _note(self, seen: set[str], api: ApiReader, expected: Collection[str]) -> None:
        for token in seen:
            self._first_seen.setdefault(token, self._looks)
        coverage = api.coverage()
        # Only what was compared at this very look is called complete as of now.
        if coverage["state"] == "proven" and coverage["age_seconds"] == 0:
            self._false_proofs |= (self._accepted.keys() & set(expected)) - seen
        self._looks += 1

    def judge(self, sightings: Iterable[Sighting]) -> dict[str, Verdict]:
        """Return the verdict on every mail accepted and every one shown, by token; the gravest one."""
        shown: dict[str, list[Sighting]] = defaultdict(list)
        for sighting in sightings:
            shown[sighting.token].append(sighting)
        astray = self._astray(shown)
        verdicts = dict.fromkeys(shown.keys() - self._accepted.keys(), Verdict.GHOST)
        for token, (entry, at) in self._accepted.items():
            verdicts[token] = self._judge(entry, at, shown[token], is_astray=token in astray)
        return verdicts

    def _judge(self, entry: Entry, at: int, shown: list[Sighting], *, is_astray: bool) -> Verdict:
        if not shown:
            return Verdict.VANISHED if entry.token in self._first_seen else Verdict.LOST
        checks = (
            (any(one.account != entry.account for one in shown), Verdict.WRONG_ACCOUNT),
            (any(one.words_hash != entry.words_hash for one in shown), Verdict.CORRUPTED),
            (len(shown) > 1, Verdict.DUPLICATED),
            (is_astray, Verdict.WRONG_THREAD),
            (entry.token in self._false_proofs, Verdict.FALSE_PROOF),
            (self._first_seen[entry.token] - at > self.late_after, Verdict.LATE),
        )
        return next((verdict for is_so, verdict in checks if is_so), Verdict.OK)

    def _astray(self, shown: dict[str, list[Sighting]]) -> set[str]:
        """Return the mails that share a thread with another conversation, or not with their own."""
        threads: dict[str, set[int]] = defaultdict(set)
        conversations: dict[int, set[str]] = defaultdict(set)
        for token, (entry, _) in self._accepted.items():
            for one in shown.get(token, ()):
                threads[entry.conversation].add(one.thread)
                conversations[one.thread].add(entry.conversation)
        return {
            token
            for token, (entry, _) in self._accepted.items()
            if len(threads[entry.conversation]) > 1
            or any(len(conversations[one.thread]) > 1 for one in shown.get(token, ()))
        }


def observe(api: ApiReader) -> list[Sighting]:
    """Return every message of every thread, as ``/v1/threads`` serves it."""
    sightings = []
    for message in api.messages():
        found = _TOKEN.search(message.text)
        sightings.append(
            Sighting(
                token=found.group() if found else f"no token, message {message.number}",
                account=message.account,
                thread=message.thread,
                words_hash=words_hash(message.text),
            )
        )
    return sightings


def table(verdicts: dict[str, Verdict]) -> str:
    """Return how many mails met which end, a line each."""
    counts = Counter(verdicts.values())
    return "\n".join(f"{verdict.value:32}{counts[verdict]:>9,}" for verdict in Verdict)


def words_hash(words: str) -> str:
    """Return a hash of the words, white space apart."""
    return hashlib.sha256(" ".join(words.split()).encode()).hexdigest()
