"""Nothing that could change a mailbox reaches the socket, whoever asks."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.faults.clients import open_inbox, session_to
from tests.faults.scripted_server import ScriptedServer
from triage.core.errors import ProtocolFault

WRITES: dict[str, Callable[[Any], object]] = {
    "select": lambda client: client.select_folder("INBOX"),
    "append": lambda client: client.append("INBOX", b"Subject: x\r\n\r\n"),
    "flags": lambda client: client.add_flags([1], [rb"\Seen"]),
    "delete": lambda client: client.delete_messages([1]),
    "expunge": lambda client: client.expunge(),
    "copy": lambda client: client.copy([1], "Sent"),
    "create": lambda client: client.create_folder("New"),
    "remove": lambda client: client.delete_folder("Sent"),
    "rename": lambda client: client.rename_folder("Sent", "Old"),
    "subscribe": lambda client: client.subscribe_folder("Sent"),
    "close": lambda client: client.close_folder(),
    "body without peek": lambda client: client.fetch([1], ["BODY[]"]),
    "whole message": lambda client: client.fetch([1], ["RFC822"]),
    "injected search": lambda client: client.search(["HEADER", "Message-ID", "x\r\nA9 DELETE INBOX"]),
    "injected status": lambda client: client.engine.status('"x\r\nA9 DELETE INBOX"', "(MESSAGES)"),
    "injected folder": lambda client: client.engine.select('"x\r\nA9 DELETE INBOX"', readonly=True),
}


@pytest.mark.parametrize("name", WRITES)
def test_a_command_that_could_write_is_refused_before_the_socket(name: str) -> None:
    with ScriptedServer() as server, session_to(server) as session:
        open_inbox(session)
        before = len(server.lines)

        with pytest.raises(ProtocolFault, match="refused to send"):
            WRITES[name](session._client)

        # imapclient asks what the server can do before it searches.
        assert [line for line in server.lines[before:] if not line.endswith(b" CAPABILITY")] == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"NOOP\r\n",
        b"ABCD1 NOOP",
        b"ABCD1 NOOP\n",
        b"ABCD1 NOOP\r\nABCD2 NOOP\r\n",
        b"ABCD1 NOOP \0\r\n",
        b"ABCD1 UID STORE 1 +FLAGS (\\Seen)\r\n",
        b"ABCD1 UID FETCH 1 (body[TEXT])\r\n",
        b"ABCD1 FETCH 1 (FLAGS)\r\n",
        b"ABCD1 NOOPX\r\n",
        b"DONE\r\n",
    ],
)
def test_only_one_whole_command_of_the_list_passes(data: bytes) -> None:
    with ScriptedServer() as server, session_to(server) as session, pytest.raises(ProtocolFault):
        session.wire.send(data)


def test_a_literal_passes_only_in_the_length_that_was_announced() -> None:
    with ScriptedServer() as server, session_to(server) as session:
        session.wire.send(b"ABCD1 EXAMINE {3}\r\n")

        with pytest.raises(ProtocolFault):
            session.wire.send(b"x\r\nA9 DELETE INBOX\r\n")


def test_secrets_do_not_show_in_representations() -> None:
    with ScriptedServer() as server:
        assert "secret" not in repr(session_to(server)._sign_in)
