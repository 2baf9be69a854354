"""The container that keeps what was fetched."""

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest

from triage.core.errors import StoreError
from triage.core.message import Attachment
from triage.mailbox.fetched import Fetched, FetchedPart, pack, unpack

RECEIVED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FULL = Fetched(
    uid=7,
    received_at=RECEIVED_AT,
    size_bytes=1234,
    header=b"Subject: caf\xe9\r\n\r\n",
    parts=(
        FetchedPart(section="1", content_type="text/plain", charset="latin1", content=b"\x00\xff one"),
        FetchedPart(section="2.1", content_type="text/html", encoding="base64", content=b"PGI+",
                    is_truncated=True),
    ),
    attachments=(
        Attachment(name="plan \u4e2d.pdf", content_type="application/pdf", size_bytes=9, section="3",
                   content_id="p1", is_inline=True),
    ),
    has_more_text=True,
    gmail_thread_id="18446744073709551615",
    defects=("structure:too_deep",),
)  # fmt: skip
#: The same as it was packed before, under zlib.
UNDER_ZLIB = (
    "VEYxeF49kEtOw0AMhsO2Uu8QedtpO0mmCZ0LIMQGCXZVNHIThwzKSxMH8RBHYs+B2HAKmFRVN5Zs//5+20FwdfcBky1BZwIc"
    "FWRfqDTIoCGWcbqWyVrGj3KvE6mlXMk5goDRvpM5vjGNoKM4UQJqwpKczzxnQMe+cThA5LVMr7wdGrSdTxpk281VEKmosBkp"
    "FweINxdhzW1zasMRR0oVCCXYTZTnApAZi7ql7kz30C78+f7aDGXlB3AYGlt4g77bnip7v8oMTuCCqHE0be/IzFuBnskCnlq0"
    "jeHa+RvM/AuIrpVKM6VklmRyv9tFabTzoJIqKk7mMPrRgidHmvvelEQD5J8P0/HZC3RYYPW7XCwXwV/Yd3R/c7v6B63sb3g="
)


def test_unpack_returns_what_was_packed() -> None:
    assert unpack(pack(FULL)) == FULL


def test_a_message_without_parts_survives_packing() -> None:
    bare = Fetched(received_at=RECEIVED_AT, size_bytes=0, header=b"")

    assert unpack(pack(bare)) == bare


def test_the_instant_is_kept_in_utc() -> None:
    eastern = datetime(2026, 3, 2, 11, 30, tzinfo=timezone(timedelta(hours=2)))

    assert Fetched(received_at=eastern, size_bytes=0, header=b"").received_at == RECEIVED_AT
    assert Fetched(received_at=eastern, size_bytes=0, header=b"").received_at.tzinfo is UTC


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        Fetched(received_at=datetime(2026, 3, 2), size_bytes=0, header=b"")  # noqa: DTZ001


@pytest.mark.parametrize("cut", [0, 3, 10, 60])
def test_a_cut_container_is_an_error_that_says_what_to_do(cut: int) -> None:
    with pytest.raises(StoreError, match="fetch the message again"):
        unpack(pack(FULL)[:cut])


def test_a_damaged_container_never_passes_for_a_message() -> None:
    packed = pack(FULL)

    for place in range(len(packed)):
        damaged = bytearray(packed)
        damaged[place] ^= 0x10
        try:
            # A bit that says nothing, as some of the frame's header, may turn.
            assert unpack(bytes(damaged)) == FULL
        except StoreError:
            continue


def test_a_container_of_the_former_kind_is_read() -> None:
    assert unpack(base64.b64decode(UNDER_ZLIB)) == FULL


def test_foreign_bytes_are_refused() -> None:
    with pytest.raises(StoreError):
        unpack(b"\x80\x04\x95 a pickle")
