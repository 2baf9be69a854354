"""A program that reads one Dovecot mailbox."""

from pathlib import Path

import pytest

from tests.acceptance.program import Program
from tests.servers.dovecot import MailUser


@pytest.fixture
def program(tmp_path: Path, dovecot: MailUser) -> Program:
    """The program with the mailbox of this test's own user."""
    program = Program(tmp_path)
    program.add_mailbox(
        "desk", host=dovecot.host, port=dovecot.port, user=dovecot.name, password=dovecot.password
    )
    return program
