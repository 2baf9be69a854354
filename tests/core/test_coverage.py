from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from triage.core.coverage import MAX_AGE, Coverage, CoverageState, FolderCoverage, verdict

NOW = datetime(2026, 3, 11, 9, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)
INBOX = FolderCoverage(
    mailbox="support",
    kind="imap",
    folder="INBOX",
    server_messages=3,
    stored_messages=3,
    quarantined=0,
    unfetchable=0,
    checked_at=NOW - 12 * SECOND,
    state="ok",
    reason="",
)


def test_folders_found_equal_just_now_prove_that_all_mail_is_here() -> None:
    older = replace(INBOX, folder="Sent", checked_at=NOW - 40 * SECOND)

    proof = verdict([INBOX, older], NOW)

    assert proof.state is CoverageState.PROVEN
    assert proof.since == older.checked_at
    assert proof.age_seconds(NOW) == 40
    assert proof.sentence == "Proven at 2026-03-11 09:29:20 UTC: all mail of 2 folders in 1 mailbox is here."


@pytest.mark.parametrize(
    ("age", "state"),
    [(MAX_AGE, CoverageState.PROVEN), (MAX_AGE + SECOND, CoverageState.UNKNOWN)],
    ids=["30 minutes", "a second more"],
)
def test_proof_older_than_half_an_hour_says_nothing_about_now(age: timedelta, state: CoverageState) -> None:
    assert verdict([replace(INBOX, checked_at=NOW - age)], NOW).state is state


def test_one_stale_folder_makes_the_whole_unknown_since_its_last_proof() -> None:
    stale = replace(INBOX, folder="Sent", checked_at=NOW - timedelta(hours=2), reason="No route to host.")

    proof = verdict([INBOX, stale], NOW)

    assert proof.state is CoverageState.UNKNOWN
    assert proof.since == stale.checked_at
    assert proof.sentence == (
        "Unknown since 2026-03-11 07:30:00 UTC. No fresh proof for support / Sent (No route to host)."
    )


def test_a_folder_that_was_never_compared_proves_nothing_at_any_time() -> None:
    never = replace(INBOX, mailbox="projects", folder="", checked_at=None)
    also = replace(never, mailbox="sales")

    proof = verdict([INBOX, never, also], NOW)

    assert proof.state is CoverageState.UNKNOWN
    assert proof.since is None
    assert proof.age_seconds(NOW) is None
    assert "never" not in proof.sentence
    assert "No fresh proof for projects and 1 other folder." in proof.sentence


@pytest.mark.parametrize(
    "rows", [[], [replace(INBOX, kind="import", checked_at=None)]], ids=["none", "files"]
)
def test_nothing_watched_proves_nothing(rows: list[FolderCoverage]) -> None:
    proof = verdict(rows, NOW)

    assert proof.state is CoverageState.UNKNOWN
    assert proof.sentence == "Unknown: no mailbox is being watched."


def test_mail_read_from_files_does_not_spoil_the_proof_of_watched_mailboxes() -> None:
    imported = replace(INBOX, mailbox="archive", kind="import", checked_at=None)

    assert verdict([INBOX, imported], NOW).state is CoverageState.PROVEN


@pytest.mark.parametrize(
    ("quarantined", "unfetchable", "expected"),
    [
        (1, 0, "1 message could not be read and is listed."),
        (1, 2, "3 messages could not be read and are listed."),
    ],
)
def test_messages_held_back_are_counted_aloud(quarantined: int, unfetchable: int, expected: str) -> None:
    proof = verdict([replace(INBOX, quarantined=quarantined, unfetchable=unfetchable)], NOW)

    assert proof.sentence.endswith(expected)


@pytest.mark.parametrize("checked_at", [NOW, NOW - timedelta(hours=2), None])
def test_without_names_no_mailbox_and_no_number_is_told(checked_at: datetime | None) -> None:
    rows = [replace(INBOX, checked_at=checked_at, quarantined=5, reason="support is down")]

    proof = verdict(rows, NOW, with_names=False)

    assert "support" not in proof.sentence
    assert "5" not in proof.sentence
    assert proof.state is verdict(rows, NOW).state


def test_a_clock_set_back_does_not_make_a_negative_age() -> None:
    proof = Coverage(state=CoverageState.PROVEN, since=NOW + SECOND, sentence="")

    assert proof.age_seconds(NOW) == 0


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        verdict([INBOX], NOW.replace(tzinfo=None))
