"""The long fault run in its short form: a neighbour, bad lines and kill -9 against a real server."""

import pytest

from tests.acceptance.program import Program
from tests.faults.soak import Soak
from tests.servers.dovecot import MailUser


@pytest.mark.dovecot
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_mail_is_lost_doubled_or_misplaced_whatever_happens(program: Program, dovecot: MailUser) -> None:
    outcome = Soak(program, dovecot, mails=90, rounds=2, kills=2).run()

    assert len(outcome.verdicts) == 90
    assert outcome.changed_by_us == []
    assert outcome.not_pulled == []
    assert outcome.is_sound, outcome.table()
