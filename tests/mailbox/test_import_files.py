"""Mail from files: what is found, where it goes, which date it gets, and what is said of the rest."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from triage.mailbox.folders import FolderRole
from triage.mailbox.import_files import ImportedFile, ImportProblem, read_path

DATED = b"Date: Tue, 3 Mar 2026 10:00:00 +0100\n"
RECEIVED = (
    b"Received: from relay.example by mx.vendor.example; Tue, 3 Mar 2026 09:00:07 +0000\n"
    b"Received: from pc.example by relay.example; Sun, 1 Mar 2026 01:00:00 +0000\n"
)


def mail(header: bytes = b"", *, number: int = 1) -> bytes:
    return b"From: ada@customer.example\n%sSubject: mail %d\n\nbody\n" % (header, number)


def imported(path: Path) -> list[ImportedFile]:
    found = list(read_path(path))
    assert [one for one in found if isinstance(one, ImportProblem)] == []
    return [one for one in found if isinstance(one, ImportedFile)]


def problems(path: Path) -> list[ImportProblem]:
    return [one for one in read_path(path) if isinstance(one, ImportProblem)]


def put(path: Path, content: bytes, *, modified: datetime | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    if modified is not None:
        os.utime(path, (modified.timestamp(), modified.timestamp()))
    return path


def maildir(root: Path) -> Path:
    for step in ("cur", "new", "tmp"):
        (root / step).mkdir(parents=True)
    return root


def test_a_single_message_goes_to_the_inbox(tmp_path: Path) -> None:
    (one,) = imported(put(tmp_path / "mail.eml", mail(DATED)))

    assert (one.folder, one.role, one.raw) == ("INBOX", FolderRole.INBOX, mail(DATED))
    assert one.received_at == datetime(2026, 3, 3, 9, 0, tzinfo=UTC)


def test_an_mbox_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    separator = b"From ada Mon Mar  2 09:30:00 2026\n"
    path = put(tmp_path / "export.eml.txt", separator + mail() + b"\n" + separator + mail(number=2))

    assert [one.raw for one in imported(path)] == [mail(), mail(number=2)]


def test_folders_of_messages_keep_their_names(tmp_path: Path) -> None:
    put(tmp_path / "a.eml", mail(number=1))
    put(tmp_path / "Sent" / "b.EML", mail(number=2))
    put(tmp_path / "Projects" / "Delta" / "3", mail(number=3))
    put(tmp_path / "Projects" / "notes.txt", b"not mail")

    assert sorted((one.folder, one.role.value) for one in imported(tmp_path)) == [
        ("INBOX", "inbox"),
        ("Projects/Delta", "other"),
        ("Sent", "sent"),
    ]


def test_the_profile_of_a_mail_program_is_a_tree_of_mboxes(tmp_path: Path) -> None:
    separator = b"From - Mon Mar  2 09:30:00 2026\n"
    put(tmp_path / "Inbox", separator + mail(number=1))
    put(tmp_path / "Inbox.msf", b"index")
    put(tmp_path / "Inbox.sbd" / "Sent", separator + mail(number=2))

    assert [one.folder for one in imported(tmp_path)] == ["Inbox", "Inbox/Sent"]


def test_a_maildir_with_subfolders(tmp_path: Path) -> None:
    root = maildir(tmp_path / "Maildir")
    put(root / "new" / "1.a.host", mail(number=1))
    put(root / "cur" / "2.b.host:2,S", mail(number=2))
    put(root / "tmp" / "3.c.host", mail(number=3))
    put(maildir(root / ".Archiv.&AMQ-lteres") / "cur" / "4.d.host:2,", mail(number=4))
    put(maildir(root / ".Sent") / "cur" / "5.e.host:2,S", mail(number=5))

    found = imported(root)

    assert sorted((one.folder, one.raw[-20:]) for one in found) == [
        ("Archiv/Älteres", mail(number=4)[-20:]),
        ("INBOX", mail(number=1)[-20:]),
        ("INBOX", mail(number=2)[-20:]),
        ("Sent", mail(number=5)[-20:]),
    ]


@pytest.mark.parametrize(
    ("separator", "header", "received_at"),
    [
        (b"ada Mon Mar  2 09:30:00 +0100 2026", RECEIVED + DATED, datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        (b"ada Mon Mar  2 09:30:00 2026", DATED, datetime(2026, 3, 2, 9, 30, tzinfo=UTC)),
        (b"ada Tue Mar  3 10:00:07 2026", RECEIVED, datetime(2026, 3, 3, 9, 0, 7, tzinfo=UTC)),
        (b"- Fri Mar 20 12:00:00 2026", RECEIVED + DATED, datetime(2026, 3, 3, 9, 0, 7, tzinfo=UTC)),
        (b"- Fri Mar 20 12:00:00 2026", DATED, datetime(2026, 3, 3, 9, 0, tzinfo=UTC)),
        (b"- Fri Mar 20 12:00:00 2026", b"Date: never\n", datetime(2026, 4, 1, 6, 0, tzinfo=UTC)),
        (b"ada Thu Jan  1 00:00:00 9999", DATED, datetime(2026, 3, 3, 9, 0, tzinfo=UTC)),
    ],
    ids=["zone", "no zone", "no zone, but received that day", "thunderbird", "sent", "file", "impossible"],
)
def test_the_best_date_wins(tmp_path: Path, separator: bytes, header: bytes, received_at: datetime) -> None:
    path = put(
        tmp_path / "box",
        b"From " + separator + b"\n" + mail(header),
        modified=datetime(2026, 4, 1, 6, 0, tzinfo=UTC),
    )

    assert [one.received_at for one in imported(path)] == [received_at]


def test_uids_come_from_the_content(tmp_path: Path) -> None:
    separator = b"From ada Mon Mar  2 09:30:00 2026\n"
    full = put(tmp_path / "full", separator + mail(number=1) + b"\n" + separator + mail(number=2))
    compacted = put(tmp_path / "compacted", separator + mail(number=2))

    first, second = imported(full)
    (alone,) = imported(compacted)

    assert first.uid != second.uid == alone.uid
    assert all(0 < one.uid < 2**63 for one in (first, second))


def test_what_is_no_mail_is_said_with_its_place_and_the_rest_goes_on(tmp_path: Path) -> None:
    put(tmp_path / "a.eml", b"\x00\x01\x02")
    put(tmp_path / "b.eml", mail())
    separator = b"From ada Mon Mar  2 09:30:00 2026\n"
    put(tmp_path / "box", separator + mail(number=2) + b"\n" + separator + b"\nno header\n")

    found = list(read_path(tmp_path))

    assert sum(isinstance(one, ImportedFile) for one in found) == 2
    assert [
        (Path(one.source.split(",")[0]).name, one.reason) for one in found if isinstance(one, ImportProblem)
    ] == [
        ("a.eml", "it does not start with a mail header"),
        ("box", "no header line stands behind the From line"),
    ]
    assert "line 7 (byte " in problems(tmp_path)[1].source


def test_a_path_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "nowhere")

    assert problem.reason == "there is no such file or folder"


def test_a_file_that_vanishes_is_a_problem_of_that_file(tmp_path: Path) -> None:
    put(tmp_path / "a.eml", mail())
    (tmp_path / "b.eml").symlink_to(tmp_path / "gone")

    found = list(read_path(tmp_path))

    assert [type(one) for one in found] == [ImportedFile, ImportProblem]


def test_an_empty_file_is_a_problem_and_an_empty_folder_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()

    assert list(read_path(tmp_path / "empty")) == []
    assert len(problems(put(tmp_path / "empty.eml", b""))) == 1
