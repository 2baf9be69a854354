"""Fault 45, at random: answers with bytes changed, taken out or put in, against the client layer."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults.clients import open_inbox, read_inbox, session_to
from tests.faults.scripted_server import Expect, Mailbox, ScriptedServer
from triage.core.errors import MailboxError
from triage.mailbox.wire import Limits

HASTY = Limits(connect_seconds=2, read_seconds=0.2, command_seconds=2)
MAILBOX = Mailbox(uids=(1, 2, 3), uidnext=4)
OUTLINE = MAILBOX.answer(b"UID FETCH 1:3 (UID RFC822.SIZE INTERNALDATE BODYSTRUCTURE BODY.PEEK[HEADER]<0.9>)")

EDITS = st.lists(
    st.tuples(st.integers(0, len(OUTLINE)), st.integers(0, 4), st.binary(max_size=4)), min_size=1, max_size=4
)


def edited(answer: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for position, removed, put_in in edits:
        answer = answer[:position] + put_in + answer[position + removed :]
    return answer


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(EDITS)
def test_fault_45_garbled_answers_end_in_a_result_for_each_uid_or_in_an_error_of_ours(
    edits: list[tuple[int, int, bytes]],
) -> None:
    script = [Expect("UID FETCH", edited(OUTLINE, edits))]
    with ScriptedServer(script, mailbox=MAILBOX) as server, session_to(server, limits=HASTY) as session:
        open_inbox(session)
        try:
            results = read_inbox(session)
        except MailboxError:
            # The connection is given up; the next visit starts where this one did.
            return

    assert [result.uid for result in results] == [1, 2, 3]
