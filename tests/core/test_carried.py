"""Values that go between processes come out as they went in."""

import pickle
from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, datetime

import pytest

from triage.core.carried import carried
from triage.core.message import Attachment
from triage.mailbox.fetched import Fetched, FetchedPart
from triage.mailbox.read_mail import read_mail


@carried
@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    one: str
    other: tuple[int, ...] = ()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_value_is_put_together_again(protocol: int) -> None:
    pair = Pair(one="a", other=(1, 2))

    back = pickle.loads(pickle.dumps(pair, protocol))  # noqa: S301 - our own bytes

    assert back == pair
    with pytest.raises(FrozenInstanceError):
        back.one = "b"


def test_a_mail_and_what_was_read_of_it_are_put_together_again() -> None:
    fetched = Fetched(
        received_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        size_bytes=200,
        header="From: Ana <ana@acme.example>\r\nSubject: é\r\nAuto-Submitted: auto-replied\r\n\r\n".encode(),
        parts=(FetchedPart(section="1", content_type="text/plain", content=b"Hello.\r\n> The order?\r\n"),),
        attachments=(Attachment(name="plan.pdf", content_type="application/pdf", size_bytes=9),),
    )
    read = read_mail(fetched)

    assert read.message.senders
    assert read.message.attachments
    assert read.message.class_evidence
    assert pickle.loads(pickle.dumps((fetched, read))) == (fetched, read)  # noqa: S301 - our own bytes


def test_a_class_without_slots_is_refused() -> None:
    @dataclass
    class Loose:
        one: str
        other: str

    with pytest.raises(TypeError, match="slots"):
        carried(Loose)
