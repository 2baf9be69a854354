"""The long fault run in its short form: a neighbour, bad lines and kill -9 against a real server."""

import pytest

from tests.acceptance.program import Program
from tests.faults.checker import ALLOWED, table
from tests.faults.soak import Soak
from tests.servers.dovecot import MailUser


@pytest.mark.dovecot
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_no_mail_is_lost_doubled_or_misplaced_whatever_happens(program: Program, dovecot: MailUser) -> None:
    url = f"sqlite:///{program.folder / 'soak.db'}"
    program.settings["database"] = {"url": url}
    program.write()

    verdicts = Soak(program, dovecot, url, mails=90, rounds=3, kills=1).run()

    assert len(verdicts) == 90
    assert set(verdicts.values()) <= ALLOWED, table(verdicts)
