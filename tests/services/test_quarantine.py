"""Messages held back: seen, looked into, and let go."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from tests.acceptance.mail import letter
from tests.fakes.mailbox import FakeReader
from tests.services.workplace import Workplace, read_all
from triage.core.errors import NotFound
from triage.mailbox.fetch import Result, Unfetchable
from triage.mailbox.fetched import Fetched
from triage.mailbox.parser_pool import ParseFailure
from triage.mailbox.read_mail import ReadMail
from triage.services.poll import MailboxJob, poll_mailbox
from triage.services.quarantine import glimpse, quarantined, retry
from triage.store.coverage import coverage
from triage.store.database import Database


@pytest.fixture
def place(database: Database) -> Workplace:
    return Workplace(database)


class MeanReader(FakeReader):
    """A server that names its first message and does not give it."""

    def fetch(self, wanted: Sequence[int], *, now: datetime) -> Iterator[Result]:
        for result in super().fetch(wanted, now=now):
            if isinstance(result, Fetched) and result.uid == 1:
                yield Unfetchable(
                    uid=1, evidence="the server gave nothing", header=result.header, size_bytes=9
                )
            else:
                yield result


def _fail(fetched: Sequence[Fetched]) -> list[ReadMail | ParseFailure]:
    return [ParseFailure(reason="memory") for _ in fetched]


def _job(place: Workplace, reader: type[FakeReader] = FakeReader) -> dict[str, MailboxJob]:
    return {"desk": MailboxJob(name="desk", wanted=("auto",), connect=lambda: reader(place.mailbox))}


def _held_counts(place: Workplace) -> tuple[int, int]:
    with place.database.read() as connection:
        inbox = next(row for row in coverage(connection) if row.folder == "INBOX")
    return inbox.quarantined, inbox.unfetchable


def test_message_that_broke_the_reader_is_stored_once_it_can_be_read(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll(replace(place.tools(), parse=_fail))
    (held,) = quarantined(place.database)
    assert (held.state, held.reason, _held_counts(place)) == (
        "quarantined",
        "reading it took too much memory",
        (1, 0),
    )

    still = retry(held.id, replace(place.tools(), parse=_fail), {})
    now = retry(held.id, place.tools(), {})

    assert (still.is_stored, still.reason) == (False, "reading it took too much memory")
    assert now.is_stored
    assert place.pending() == ["Portal"]
    assert (quarantined(place.database), _held_counts(place)) == ((), (0, 0))
    with pytest.raises(NotFound):
        retry(held.id, place.tools(), {})
    assert place.poll().ingested.stored == 0


def test_message_that_left_the_server_unread_is_still_listed_and_can_be_stored(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    place.poll(replace(place.tools(), parse=_fail))
    place.mailbox.expunge(uid)
    place.poll()

    (held,) = quarantined(place.database)
    assert held.state == "gone"
    assert retry(held.id, place.tools(), {}).is_stored

    assert place.pending() == ["Portal"]
    assert quarantined(place.database) == ()


def test_copy_of_a_message_that_is_stored_becomes_another_location_of_it(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll()
    place.mailbox.append(letter("one"))
    place.poll(replace(place.tools(), parse=_fail))
    (held,) = quarantined(place.database)

    assert retry(held.id, place.tools(), {}).is_stored

    assert place.pending() == ["Portal"]


def test_message_that_the_server_did_not_give_is_asked_for_again(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    poll_mailbox(_job(place, MeanReader)["desk"], place.tools())
    (held,) = quarantined(place.database)
    assert (held.state, _held_counts(place)) == ("unfetchable", (0, 1))

    away = retry(held.id, place.tools(), {})
    mean = retry(held.id, place.tools(), _job(place, MeanReader))
    kind = retry(held.id, place.tools(), _job(place))

    assert (away.is_stored, mean.is_stored, kind.is_stored) == (False, False, True)
    assert "not configured" in away.reason
    assert place.pending() == ["Portal"]
    assert _held_counts(place) == (0, 0)


def test_message_that_the_server_denies_meanwhile_is_gone(place: Workplace) -> None:
    uid = place.mailbox.append(letter("one"))
    poll_mailbox(_job(place, MeanReader)["desk"], place.tools())
    (held,) = quarantined(place.database)
    place.mailbox.expunge(uid)

    outcome = retry(held.id, place.tools(), _job(place))

    assert not outcome.is_stored
    assert _held_counts(place) == (0, 0)
    assert outcome.reason == "it is not in the fake mailbox"


def test_uid_that_means_another_message_now_is_not_stored_in_its_place(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    poll_mailbox(_job(place, MeanReader)["desk"], place.tools())
    (held,) = quarantined(place.database)
    place.mailbox.renumber()

    outcome = retry(held.id, place.tools(), _job(place))

    assert not outcome.is_stored
    assert "renumbered" in outcome.reason


def test_what_could_be_read_is_shown(place: Workplace) -> None:
    place.mailbox.append(letter("one"))
    place.poll(replace(place.tools(), parse=_fail))
    (held,) = quarantined(place.database)

    parsed, raw = glimpse(place.database, held.id, read_all), glimpse(place.database, held.id, _fail)

    assert parsed.fields["subject"] == raw.fields["subject"] == "Portal"
    assert parsed.fields["from"] == raw.fields["from"] == "Ada Berg <ada@acme.example>"
    assert parsed.size_bytes
    with pytest.raises(NotFound):
        glimpse(place.database, 999, read_all)


def test_message_that_still_cannot_be_stored_stays_held_back(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.mailbox.append(letter("one"))
    place.poll(replace(place.tools(), parse=_fail))
    (held,) = quarantined(place.database)

    def reach(name: str) -> None:
        raise RuntimeError(name)

    with monkeypatch.context() as patch:
        patch.setattr("triage.services.ingest.reach", reach)
        outcome = retry(held.id, place.tools(), {})

    assert (outcome.is_stored, "RuntimeError" in outcome.reason) == (False, True)
    assert quarantined(place.database) == (held,)
    assert retry(held.id, place.tools(), {}).is_stored
