"""mbox files: where a message begins, where it ends, and that memory does not grow with the file."""

import tracemalloc
from pathlib import Path

import pytest

from triage.mailbox import mbox
from triage.mailbox.mbox import is_mbox, read_mbox

ONE = b"From ada@customer.example Mon Mar  2 09:30:00 2026\nSubject: one\n\nfirst\n"
TWO = b"From bob@customer.example Tue Mar  3 09:30:00 2026\nSubject: two\n\nsecond\n"


def raws(path: Path) -> list[bytes | None]:
    return [message.raw for message in read_mbox(path)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_messages_come_without_separator_and_without_the_empty_line_behind(file: Path) -> None:
    file.write_bytes(ONE + b"\n" + TWO + b"\n")

    assert raws(file) == [b"Subject: one\n\nfirst\n", b"Subject: two\n\nsecond\n"]


def test_place_and_separator_are_told(file: Path) -> None:
    file.write_bytes(ONE + b"\n" + TWO)

    _, second = read_mbox(file)

    assert (second.offset, second.line) == (len(ONE) + 1, 6)
    assert (second.sender, second.date) == ("bob@customer.example", "Tue Mar  3 09:30:00 2026")


@pytest.mark.parametrize(
    "separator",
    [
        b"From - Mon Mar  2 09:30:00 2026",
        b"From 17@xxx Mon Mar 02 09:30:00 +0000 2026",
        b"From ada at customer.example  Mon Mar  2 09:30:00 2026",
        b'From "Ada Lovelace" Mon, 2 Mar 2026 09:30:00 +0100',
        b"From ada Mon Mar  2 09:30 CET 2026",
        b"From  Mon Mar  2 09:30:00 2026",
    ],
)
def test_separators_of_many_programs_are_known(file: Path, separator: bytes) -> None:
    file.write_bytes(separator + b"\r\nSubject: x\r\n\r\ny\r\n")

    assert is_mbox(file)
    assert raws(file) == [b"Subject: x\r\n\r\ny\r\n"]


@pytest.mark.parametrize(
    "line",
    [
        b"From here on it gets worse",
        b"From Monday to Friday",
        b"From ada 2026",
        b">From ada Mon Mar  2 09:30:00 2026",
    ],
)
def test_a_line_of_text_that_starts_with_from_is_text(file: Path, line: bytes) -> None:
    file.write_bytes(ONE + b"\n" + line + b"\nmore\n")

    assert len(raws(file)) == 1


def test_a_dated_line_in_the_middle_of_a_paragraph_is_text(file: Path) -> None:
    file.write_bytes(ONE + b"see:\nFrom bob Tue Mar  3 09:30:00 2026\nhe wrote this\n")

    assert len(raws(file)) == 1


def test_a_missing_empty_line_does_not_swallow_the_next_message(file: Path) -> None:
    file.write_bytes(ONE + TWO)

    assert raws(file) == [b"Subject: one\n\nfirst\n", b"Subject: two\n\nsecond\n"]


def test_one_quote_mark_is_taken_off(file: Path) -> None:
    file.write_bytes(ONE + b">From me\n>>From you\n>not quoted\n")

    assert raws(file) == [b"Subject: one\n\nfirst\nFrom me\n>From you\n>not quoted\n"]


def test_what_stands_before_the_first_separator_is_no_message(file: Path) -> None:
    file.write_bytes(b"rubbish\n\n" + ONE)

    assert len(raws(file)) == 1
    assert not is_mbox(file)


def test_a_message_beyond_the_bound_is_reported_and_the_next_one_read(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "MAX_MESSAGE_BYTES", 1_000)
    file.write_bytes(ONE + b"x" * 2_000 + b"\n\n" + TWO)

    assert raws(file) == [None, b"Subject: two\n\nsecond\n"]


def test_memory_does_not_grow_with_the_file(file: Path) -> None:
    with file.open("wb") as out:
        for _ in range(400):
            out.write(ONE + b"z" * 50_000 + b"\n\n")

    tracemalloc.start()
    count = sum(1 for _ in read_mbox(file))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert count == 400
    assert peak < 2_000_000


def test_a_hostile_separator_takes_no_time(file: Path) -> None:
    file.write_bytes(ONE + b"\nFrom " + b" " * 900_000 + b"x\n")

    assert len(raws(file)) == 1
