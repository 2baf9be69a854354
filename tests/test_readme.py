"""What the README tells people to type works, on a real mailbox."""

import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.acceptance.mail import letter
from tests.acceptance.program import Program
from tests.servers.dovecot import MailUser

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def _commands() -> list[list[str]]:
    """Return the arguments of the triage commands in the block for one's own mailbox."""
    block = re.search(r"```sh\n(.*?)```", README, re.DOTALL)
    assert block is not None
    words = [shlex.split(line) for line in block[1].splitlines()]
    return [line[1:] for line in words if line[0] == ".venv/bin/triage"]


@pytest.mark.dovecot
def test_own_mailbox_in_five_minutes(tmp_path: Path, dovecot: MailUser) -> None:
    at = datetime.now(UTC) - timedelta(minutes=5)
    dovecot.append(letter("one", to="support@example.com", subject="Portal is slow", at=at), at=at)
    program = Program(tmp_path)
    program.config.unlink()
    commands = {line[0]: line for line in _commands()}
    assert list(commands) == ["init", "check-config", "poll", "queue", "run"]
    password = {"INBOX_PASSWORD": dovecot.password}

    program.run(*commands["init"], env=password)
    text = program.config.read_text()
    # The server of this test speaks plain text on a port of its own.
    text = text.replace('"imap.example.com"', dovecot.host).replace("imap.example.com", dovecot.host)
    text = text.replace("port: 993", f"port: {dovecot.port}").replace("security: tls", "security: plain")
    text = text.replace('"support@example.com"', dovecot.name).replace("support@example.com", dovecot.name)
    program.config.write_text(text.replace("# Configuration", f"data_dir: {tmp_path / 'data'}\n#", 1))
    program.run(*commands["check-config"], env=password)
    program.run(*commands["poll"], env=password)
    queue = program.run(*commands["queue"], env=password).stdout

    assert "Acme Ltd" in queue
    assert "Proven" in queue


def test_every_page_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert [link for link in links if not (ROOT / link).exists()] == []
