"""Faults 19 to 50 of the list: what a server may say, against the client layer alone."""

import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from tests.faults.clients import HASTY, INBOX, NOW, open_inbox, read_inbox, session_to, settings_for
from tests.faults.scripted_server import Close, Expect, Mailbox, Say, ScriptedServer, Step
from tests.servers.dovecot import MailUser
from triage.core.errors import ProtocolFault, SignInError, Unreachable
from triage.mailbox.connection import Password, Session
from triage.mailbox.faults import Declined
from triage.mailbox.fetch import Gone, Result, Unfetchable, fetch
from triage.mailbox.fetched import Fetched
from triage.mailbox.folders import FolderRole, WatchedFolder, choose_folders, examine
from triage.mailbox.uids import uids_after, uids_between
from triage.mailbox.wire import Limits

DONE = b"{tag} OK done\r\n"


def three(*steps: Step, mailbox: Mailbox | None = None) -> ScriptedServer:
    """A server with three messages whose first connection goes by the script."""
    return ScriptedServer(steps, mailbox=mailbox or Mailbox(uids=(1, 2, 3), uidnext=4))


def outline(uid: int, *, header: bytes = b"Subject: one\r\n\r\n", extra: bytes = b"") -> bytes:
    """A first-round answer of an empty message."""
    return (
        b'* %d FETCH (UID %d RFC822.SIZE 10 INTERNALDATE "02-Mar-2026 09:30:00 +0000" %s'
        b'BODYSTRUCTURE ("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0) BODY[HEADER]<0> {%d}\r\n%s)\r\n'
        % (uid, uid, extra, len(header), header)
    )


def words(uid: int, text: bytes = b"") -> bytes:
    """A second-round answer."""
    return b"* %d FETCH (UID %d BODY[1]<0> {%d}\r\n%s)\r\n" % (uid, uid, len(text), text)


def kinds(results: Sequence[Result]) -> list[tuple[int | None, str]]:
    """UIDs with what became of them."""
    return [(result.uid, type(result).__name__) for result in results]


ALL_FETCHED = [(1, "Fetched"), (2, "Fetched"), (3, "Fetched")]


def test_fault_19_ok_without_data_is_unfetchable_with_evidence_when_a_witness_sees_the_mail() -> None:
    empty = Expect("UID FETCH", DONE)
    with three(empty, empty, mailbox=Mailbox(uids=(1,), uidnext=2)) as server, session_to(server) as session:
        (result,) = read_inbox(session)

    assert isinstance(result, Unfetchable)
    assert "FETCH twice without it" in result.evidence
    assert "SEARCH on a fresh connection does not deny it" in result.evidence
    assert result.header.startswith(b"From: ada@customer.example")
    assert server.connections == 2


def test_fault_19_ok_without_data_is_gone_when_the_witness_denies_the_mail() -> None:
    first = [Expect("UID SEARCH", b"* SEARCH 1 9\r\n" + DONE)]
    with three(*first, mailbox=Mailbox(uids=(1,), uidnext=10)) as server, session_to(server) as session:
        results = read_inbox(session)

    assert kinds(results) == [(1, "Fetched"), (9, "Gone")]
    assert isinstance(results[1], Gone)
    assert "SEARCH on a fresh connection denies it" in results[1].evidence


def test_fault_19_a_search_without_an_answer_is_no_denial() -> None:
    empty, mute = Expect("UID FETCH", DONE), Expect("UID SEARCH", DONE)
    mailbox = Mailbox(uids=(1,), uidnext=2)
    with ScriptedServer([empty, empty], [mute], mailbox=mailbox) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == [(1, "Unfetchable")]


def test_fault_19_a_second_try_that_answers_is_enough() -> None:
    with three(Expect("UID FETCH", DONE)) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == ALL_FETCHED

    assert server.connections == 1


def test_fault_20_the_one_that_is_left_out_does_not_cost_the_others() -> None:
    script = [
        Expect("UID FETCH 1:3", outline(1) + outline(3) + DONE),
        Expect("UID FETCH 1,3", words(1) + words(3) + DONE),
        Expect("UID FETCH 2", DONE),
    ]
    with three(*script) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == [(1, "Fetched"), (2, "Unfetchable"), (3, "Fetched")]


@pytest.mark.parametrize("body", [b"NIL", b'""'], ids=["NIL", "empty"])
def test_fault_21_a_header_without_bytes_is_no_answer(body: bytes) -> None:
    hollow = b"* 1 FETCH (UID 1 RFC822.SIZE 10 BODY[HEADER]<0> " + body + b")\r\n" + DONE
    script = [Expect("UID FETCH", hollow), Expect("UID FETCH", hollow)]
    with three(*script, mailbox=Mailbox(uids=(1,), uidnext=2)) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == [(1, "Unfetchable")]


def test_fault_21_a_part_that_is_nil_is_asked_for_again() -> None:
    script = [
        Expect("UID FETCH 1", outline(1) + DONE),
        Expect("UID FETCH 1", b"* 1 FETCH (UID 1 BODY[1]<0> NIL)\r\n" + DONE),
    ]
    with three(*script, mailbox=Mailbox(uids=(1,), uidnext=2)) as server, session_to(server) as session:
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert result.parts[0].content == b"Hello\r\n"


def test_fault_22_an_answer_without_uid_is_not_believed() -> None:
    nameless = outline(1, header=b"Subject: whose?\r\n\r\n").replace(b"UID 1 ", b"") + DONE
    with (
        three(Expect("UID FETCH", nameless), mailbox=Mailbox(uids=(1,), uidnext=2)) as server,
        session_to(server) as session,
    ):
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert b"whose?" not in result.header


def test_fault_22_an_answer_for_another_uid_is_not_believed() -> None:
    with (
        three(Expect("UID FETCH", outline(77) + DONE), mailbox=Mailbox(uids=(1,), uidnext=2)) as server,
        session_to(server) as session,
    ):
        assert kinds(read_inbox(session)) == [(1, "Fetched")]


def test_fault_23_contradicting_answers_are_asked_again_and_then_not_believed() -> None:
    twice = outline(1) + outline(1, header=b"Subject: other\r\n\r\n") + DONE
    script = [Expect("UID FETCH", twice), Expect("UID FETCH", twice)]
    with three(*script, mailbox=Mailbox(uids=(1,), uidnext=2)) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == [(1, "Unfetchable")]


def test_fault_23_the_same_answer_twice_is_one_message() -> None:
    script = [Expect("UID FETCH", outline(1) * 2 + DONE), Expect("UID FETCH", words(1) * 2 + DONE)]
    with three(*script, mailbox=Mailbox(uids=(1,), uidnext=2)) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == [(1, "Fetched")]


def test_fault_24_what_was_not_asked_for_changes_nothing() -> None:
    noise = b"* 2 FETCH (FLAGS (\\Seen))\r\n* 1 EXPUNGE\r\n* 9 EXISTS\r\n* OK still here\r\n"
    script = [
        Expect("UID FETCH 1:3", noise + outline(1) + noise + outline(2) + outline(3) + noise + DONE),
        Expect("UID FETCH 1:3", words(1, b"a") + noise + words(2, b"b") + words(3, b"c") + DONE),
    ]
    with three(*script) as server, session_to(server) as session:
        results = read_inbox(session)

    assert [result.parts[0].content for result in results if isinstance(result, Fetched)] == [
        b"a",
        b"b",
        b"c",
    ]


def test_fault_24_bye_in_the_middle_is_mended() -> None:
    ending = Expect("UID FETCH", outline(1) + b"* BYE going down\r\n")
    with three(ending, Close()) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == ALL_FETCHED

    assert server.connections == 2


def test_fault_25_a_message_expunged_before_it_was_fetched_is_gone_by_two_witnesses(
    dovecot: MailUser,
) -> None:
    for number in range(3):
        dovecot.append(b"Subject: %d\r\n\r\nbody\r\n" % number)
    with Session(settings_for(dovecot, user=dovecot.name), Password(dovecot.password)) as session:
        state = open_inbox(session)
        (uids,) = uids_after(session, state, 0)
        dovecot.expunge(2)

        assert kinds(list(fetch(session, uids, now=NOW))) == [(1, "Fetched"), (2, "Gone"), (3, "Fetched")]


def test_fault_28_a_folder_renumbered_while_it_is_read_is_an_error_not_a_mix() -> None:
    breaks = [Expect("UID FETCH", b"* 1 FETCH (UID 1 BODY[HEADER]<0> {8000000000}\r\nSub")]
    mailbox = Mailbox(uids=(1, 2, 3), uidnext=4)
    with three(*breaks, mailbox=mailbox) as server, session_to(server) as session:
        state = open_inbox(session)
        mailbox.uidvalidity = 8
        (uids,) = uids_after(session, state, 0)

        with pytest.raises(ProtocolFault, match="renumbered while it was read"):
            list(fetch(session, uids, now=NOW))


def test_fault_28_a_new_uidvalidity_shows_at_the_next_examine(dovecot: MailUser) -> None:
    dovecot.append(b"Subject: one\r\n\r\nbody\r\n")
    with Session(settings_for(dovecot, user=dovecot.name), Password(dovecot.password)) as session:
        before = open_inbox(session)
    dovecot.set_uidvalidity(99_999)

    with Session(settings_for(dovecot, user=dovecot.name), Password(dovecot.password)) as session:
        after = open_inbox(session)

    assert before.uidvalidity != after.uidvalidity == 99_999


def test_fault_33_without_uidnext_all_messages_are_found() -> None:
    with three(mailbox=Mailbox(uids=(1, 5, 9))) as server, session_to(server) as session:
        assert open_inbox(session).uidnext is None
        assert kinds(read_inbox(session)) == [(1, "Fetched"), (5, "Fetched"), (9, "Fetched")]


def test_fault_33_uidnext_and_uidvalidity_are_asked_with_status_when_examine_is_silent() -> None:
    status = b'* STATUS "INBOX" (MESSAGES 3 UIDNEXT 12 UIDVALIDITY 5)\r\n'
    silent = Mailbox(uids=(1, 2, 3), uidvalidity=None)
    with three(Expect("STATUS", status + DONE), mailbox=silent) as server, session_to(server) as session:
        state = open_inbox(session)

    assert (state.uidvalidity, state.uidnext, state.exists) == (5, 12, 3)


def test_fault_33_a_uidnext_that_is_too_low_hides_nothing() -> None:
    with three(mailbox=Mailbox(uids=(1, 2, 30), uidnext=2)) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == [(1, "Fetched"), (2, "Fetched"), (30, "Fetched")]


def test_fault_34_a_gap_of_400_000_is_crossed_in_one_go(dovecot: MailUser) -> None:
    dovecot.append(b"Subject: low\r\n\r\nbody\r\n")
    dovecot.set_next_uid(400_001)
    dovecot.append(b"Subject: high\r\n\r\nbody\r\n")
    with Session(settings_for(dovecot, user=dovecot.name), Password(dovecot.password)) as session:
        assert kinds(read_inbox(session)) == [(1, "Fetched"), (400_001, "Fetched")]


def test_fault_35_a_uid_at_the_end_of_the_range_is_reached_from_a_large_folder_in_few_commands() -> None:
    uids = [*range(1, 25_001), 4_294_967_294]
    with (
        three(mailbox=Mailbox(uids=uids, uidnext=4_294_967_295)) as server,
        session_to(server) as session,
    ):
        found = [uid for window in uids_after(session, open_inbox(session), 0) for uid in window]

        assert found == uids
        assert len(server.commands("UID")) < 50


def test_fault_36_a_uid_that_search_left_out_once_is_seen_by_the_audit() -> None:
    forgetful = [Expect("UID SEARCH", b"* SEARCH 1 3\r\n" + DONE)]
    with three(*forgetful) as server, session_to(server) as session:
        state = open_inbox(session)

        assert list(uids_after(session, state, 0)) == [[1, 3]]
        assert uids_between(session, 1, 3) == [1, 2, 3]


def test_fault_37_200_000_uids_come_in_windows() -> None:
    uids = range(1, 200_001)
    with (
        three(mailbox=Mailbox(uids=uids, uidnext=200_001)) as server,
        session_to(server, limits=Limits()) as session,
    ):
        windows = list(uids_after(session, open_inbox(session), 0))

    assert [uid for window in windows for uid in window] == list(uids)
    assert max(map(len, windows)) == 20_000


@pytest.mark.parametrize("code", ["UNAVAILABLE", "INUSE", "LIMIT", "OVERQUOTA"])
def test_fault_38_trouble_that_passes_is_not_final(code: str) -> None:
    refusal = Expect("EXAMINE", b"{tag} NO [%s] later\r\n" % code.encode())
    with three(refusal) as server, session_to(server) as session:
        with pytest.raises(Declined, match=code) as raised:
            open_inbox(session)

        assert not raised.value.permanent
        assert open_inbox(session).exists == 3


@pytest.mark.parametrize("code", ["NONEXISTENT", "NOPERM"])
def test_fault_38_trouble_that_stays_is_final(code: str) -> None:
    refusal = Expect("EXAMINE", b"{tag} NO [%s] never\r\n" % code.encode())
    with three(refusal) as server, session_to(server) as session, pytest.raises(Declined) as raised:
        open_inbox(session)

    assert raised.value.permanent
    assert raised.value.code == code


@pytest.mark.parametrize("line", [b"* NO busy\r\n", b"* BAD what\r\n", b"* OK [ALERT] quota\r\n"])
def test_fault_38_untagged_complaints_change_nothing(line: bytes) -> None:
    with (
        three(Expect("UID SEARCH", line + b"* SEARCH 1 2 3\r\n" + DONE)) as server,
        session_to(server) as session,
    ):
        assert kinds(read_inbox(session)) == ALL_FETCHED


def test_fault_38_a_batch_that_is_declined_is_halved_until_the_culprit_is_alone() -> None:
    healthy = Mailbox(uids=(1, 2, 3), uidnext=4)
    script: list[Step] = [
        Expect("UID FETCH 1:3", b"{tag} NO something is wrong\r\n"),
        Expect("UID FETCH 1", outline(1) + DONE),
        Expect("UID FETCH 1", words(1) + DONE),
        Expect("UID FETCH 2:3", b"{tag} BAD something is wrong\r\n"),
        Expect("UID FETCH 2", b"{tag} NO something is wrong\r\n"),
    ]
    with three(*script, mailbox=healthy) as server, session_to(server) as session:
        assert kinds(read_inbox(session)) == [(1, "Fetched"), (2, "Unfetchable"), (3, "Fetched")]


def test_fault_39_authenticated_but_not_connected_passes_for_now() -> None:
    throttled = Expect("LOGIN", b"{tag} NO User is authenticated but not connected.\r\n")
    with three(throttled) as server, pytest.raises(Unreachable, match="limits this user or grants no right"):
        session_to(server).open()


def test_fault_39_authenticated_but_not_connected_at_examine_passes_for_now() -> None:
    throttled = Expect("EXAMINE", b"{tag} BAD User is authenticated but not connected.\r\n")
    with three(throttled) as server, session_to(server) as session:
        with pytest.raises(Declined) as raised:
            open_inbox(session)

        assert not raised.value.permanent


def test_fault_40_a_refused_sign_in_is_final_tried_once_and_tells_no_secret() -> None:
    refused = Expect("LOGIN", b"{tag} NO [AUTHENTICATIONFAILED] ada@customer.example: no\r\n")
    with three(refused) as server:
        with pytest.raises(SignInError, match="AUTHENTICATIONFAILED") as raised:
            session_to(server).open()

        assert raised.value.permanent
        assert raised.value.state == "auth_failed"
        assert len(server.commands("LOGIN")) == 1
        assert "secret" not in str(raised.value).replace("the secret", "")
        assert "customer.example" not in str(raised.value)


def test_fault_40_a_sign_in_refused_for_now_is_not_final() -> None:
    busy = Expect("LOGIN", b"{tag} NO [UNAVAILABLE] try later\r\n")
    with three(busy) as server, pytest.raises(Unreachable, match="UNAVAILABLE") as raised:
        session_to(server).open()

    assert not raised.value.permanent


def test_fault_42_literal_claims_8_gb() -> None:
    giant = Expect("UID FETCH 1:3", b"* 1 FETCH (UID 1 BODY[HEADER]<0> {8000000000}\r\nSub")
    again = [Expect("UID FETCH", b"* 1 FETCH (UID 1 BODY[HEADER]<0> {8000000000}\r\nSub")]
    tracemalloc.start()
    with ScriptedServer([giant], again, mailbox=Mailbox(uids=(1, 2, 3), uidnext=4)) as server:
        with session_to(server) as session:
            results = read_inbox(session)
        _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert kinds(results) == [(1, "Unfetchable"), (2, "Fetched"), (3, "Fetched")]
    assert "8000000000 bytes" in getattr(results[0], "evidence", "")
    assert peak < 64 * 1024 * 1024


@pytest.mark.parametrize("stated", [999, 1, 30_000_000])
def test_fault_43_a_size_that_lies_is_recorded_and_nothing_else(stated: int) -> None:
    lying = outline(1).replace(b"RFC822.SIZE 10", b"RFC822.SIZE %d" % stated)
    with (
        three(Expect("UID FETCH", lying + DONE), mailbox=Mailbox(uids=(1,), uidnext=2)) as server,
        session_to(server) as session,
    ):
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert result.size_bytes == stated


def test_fault_43_a_part_longer_than_stated_is_cut_at_the_cap() -> None:
    script = [
        Expect("UID FETCH", outline(1) + DONE),
        Expect("UID FETCH", words(1, b"x" * 200_000) + DONE),
    ]
    with three(*script, mailbox=Mailbox(uids=(1,), uidnext=2)) as server, session_to(server) as session:
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert len(result.parts[0].content) == 64 * 1024
    assert result.parts[0].is_truncated
    assert result.has_more_text


@pytest.mark.parametrize(
    ("date", "defect"),
    [
        (b'"31-Feb-2026 09:30:00 +0000"', "internaldate:unreadable"),
        (b'"01-Jan-1970 00:00:00 +0000"', "internaldate:impossible"),
        (b'"02-Mar-2031 09:30:00 +0000"', "internaldate:future"),
        (b"NIL", "internaldate:unreadable"),
        (b'"02-Mar-2026 09:30:00 +9999"', "internaldate:unreadable"),
    ],
)
def test_fault_44_an_impossible_internaldate_is_now_with_a_defect(date: bytes, defect: str) -> None:
    odd = outline(1).replace(b'"02-Mar-2026 09:30:00 +0000"', date)
    with (
        three(Expect("UID FETCH", odd + DONE), mailbox=Mailbox(uids=(1,), uidnext=2)) as server,
        session_to(server) as session,
    ):
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert result.received_at == NOW
    assert defect in result.defects


def test_fault_44_the_night_the_clocks_change_is_read_exactly() -> None:
    summer = outline(1).replace(b'"02-Mar-2026 09:30:00 +0000"', b'"25-Oct-2025 02:30:00 +0200"')
    with (
        three(Expect("UID FETCH", summer + DONE), mailbox=Mailbox(uids=(1,), uidnext=2)) as server,
        session_to(server) as session,
    ):
        (result,) = read_inbox(session)

    assert isinstance(result, Fetched)
    assert result.received_at == datetime(2025, 10, 25, 0, 30, tzinfo=UTC)


def test_fault_45_a_line_of_ten_megabytes_ends_the_connection() -> None:
    with three(Expect("UID SEARCH", b"* SEARCH" + b" 1" * 5_000_000 + b"\r\n" + DONE)) as server:
        with session_to(server) as session, pytest.raises(ProtocolFault, match="a line of more than"):
            read_inbox(session)

        assert not session.is_open


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe\r\n",
        b"nonsense\r\n",
        b"* \r\n",
        b"A999 OK who?\r\n",
        b"* 1 FETCH (UID 1 (((\r\nA999 OK\r\n",
    ],
)
def test_fault_45_garbage_ends_in_an_error_of_ours(garbage: bytes) -> None:
    with (
        three(Expect("UID SEARCH", garbage), Close()) as server,
        session_to(server) as session,
        pytest.raises((ProtocolFault, Unreachable)),
    ):
        read_inbox(session)


def test_fault_45_an_answer_without_end_is_cut_off() -> None:
    chatter = b"* OK still here\r\n" * 4_000
    small = Limits(connect_seconds=3, read_seconds=2, command_bytes=100_000)
    with (
        three(Expect("UID SEARCH", chatter), Say(chatter)) as server,
        session_to(server, limits=small) as session,
        pytest.raises(ProtocolFault, match="longer than"),
    ):
        read_inbox(session)


def test_fault_45_one_message_that_breaks_the_connection_does_not_cost_its_neighbours() -> None:
    poison = b"* 2 FETCH (UID 2 BODY[HEADER]<0> {9000000}\r\n"
    scripts: list[list[Step]] = [
        [Expect("UID FETCH 1:3", outline(1) + poison)],
        [
            Expect("UID FETCH 1", outline(1) + DONE),
            Expect("UID FETCH 1", words(1) + DONE),
            Expect("UID FETCH 2:3", poison),
        ],
        [Expect("UID FETCH 2", poison)],
    ]
    mailbox = Mailbox(uids=(1, 2, 3), uidnext=4)
    with ScriptedServer(*scripts, mailbox=mailbox) as server, session_to(server) as session:
        results = read_inbox(session)

    assert kinds(results) == [(1, "Fetched"), (2, "Unfetchable"), (3, "Fetched")]


def test_fault_45_a_folder_full_of_poison_is_read_a_little_further_each_time() -> None:
    poison = b"* 2 FETCH (UID 2 BODY[HEADER]<0> {9000000}\r\n"
    scripts: list[list[Step]] = [[Expect("UID FETCH", poison)] for _ in range(200)]
    got: list[Result] = []
    with ScriptedServer(*scripts, mailbox=Mailbox(uids=range(1, 251), uidnext=251)) as server:
        with session_to(server) as session:
            state = open_inbox(session)
            (uids,) = uids_after(session, state, 0)
            with pytest.raises(ProtocolFault):
                got.extend(fetch(session, uids, now=NOW))

        assert server.connections < 60
    assert kinds(got)[:2] == [(1, "Unfetchable"), (2, "Unfetchable")]
    assert len(got) > 5


LIST_NAMES: dict[str, tuple[bytes, bytes]] = {
    "modified UTF-7": (b'* LIST (\\Sent) "/" "Gel&APY-scht"\r\n', b'EXAMINE "Gel&APY-scht"'),
    "emoji": (b'* LIST (\\Sent) "/" "&2D3egA-"\r\n', b'EXAMINE "&2D3egA-"'),
    "bare ampersand": (b'* LIST (\\Sent) "/" "A & B"\r\n', b'EXAMINE "A & B"'),
    "trailing blank": (b'* LIST (\\Sent) "/" "Sent "\r\n', b'EXAMINE "Sent "'),
    "quote": (b'* LIST (\\Sent) "/" "a\\"b\\\\c"\r\n', b'EXAMINE "a\\"b\\\\c"'),
    "literal": (b'* LIST (\\Sent) "/" {6}\r\nSent (\r\n', b'EXAMINE "Sent ("'),
    "number": (b'* LIST (\\Sent) "/" 2026\r\n', b'EXAMINE "2026"'),
    "4 kB": (b'* LIST (\\Sent) "/" "%s"\r\n' % (b"x" * 4096), b'EXAMINE "%s"' % (b"x" * 4096)),
}


@pytest.mark.parametrize("name", LIST_NAMES)
def test_fault_47_odd_folder_names_go_back_to_the_server_as_they_came(name: str) -> None:
    listed, examined = LIST_NAMES[name]
    with (
        three(mailbox=Mailbox(folders=(b'* LIST () "/" INBOX\r\n', listed))) as server,
        session_to(server) as session,
    ):
        sent = choose_folders(session).folders[1]
        examine(session, sent)

        assert sent.role is FolderRole.SENT
        assert server.commands("EXAMINE") == [examined]


def test_fault_47_an_eight_bit_name_goes_as_a_literal() -> None:
    listed = b'* LIST (\\Sent) "/" "Gel\xc3\xb6scht"\r\n'
    with (
        three(mailbox=Mailbox(folders=(b'* LIST () "/" INBOX\r\n', listed))) as server,
        session_to(server) as session,
    ):
        sent = choose_folders(session).folders[1]
        examine(session, sent)

        assert sent.name == "Gelöscht"
        assert server.literals == [b"Gel\xc3\xb6scht"]


def test_fault_47_a_line_break_in_a_folder_name_never_reaches_the_socket() -> None:
    evil = b"x\r\nA9 DELETE INBOX"
    listed = b'* LIST (\\Sent) "/" {%d}\r\n%s\r\n' % (len(evil), evil)
    with (
        three(mailbox=Mailbox(folders=(b'* LIST () "/" INBOX\r\n', listed))) as server,
        session_to(server) as session,
    ):
        sent = choose_folders(session).folders[1]

        with pytest.raises(Declined, match="control character") as raised:
            examine(session, sent)

        assert raised.value.permanent
        assert open_inbox(session).exists == 1
        assert not any(b"DELETE" in line for line in server.lines)


def test_fault_97_injection_through_the_configuration_never_reaches_the_socket() -> None:
    evil = "\r\nA9 DELETE INBOX"
    with three() as server:
        for user, secret in (("ada" + evil, "secret"), ("ada", "secret" + evil)):
            # SASL carries them in base64, where they are harmless.
            with Session(settings_for(server, user=user), Password(secret)):
                pass
        with session_to(server) as session:
            chosen = choose_folders(session, ["INBOX" + evil])
            with pytest.raises(Declined):
                examine(
                    session, WatchedFolder(name="x", wire_name=b"x" + evil.encode(), role=FolderRole.OTHER)
                )

        assert chosen.missing == ("INBOX" + evil,)
        assert not any(b"DELETE" in line for line in server.lines)


def test_limits_of_the_tests_are_the_limits_of_the_product_but_for_patience() -> None:
    assert (HASTY.literal_bytes, HASTY.line_bytes) == (Limits().literal_bytes, Limits().line_bytes)
    assert INBOX.role is FolderRole.INBOX
