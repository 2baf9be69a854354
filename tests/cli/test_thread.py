"""``triage thread``: what a person sees, and what a script reads, on a real database."""

import json
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.acceptance.mail import letter
from triage.cli import build_app, main

CONFIG = """
data_dir: data
own: {domains: [vendor.example]}
accounts:
  - {key: acme, name: Acme, domains: [acme.example]}
  - {key: beta, name: Beta, domains: [beta.example]}
"""
BO = "Bo <bo@beta.example>"
TERMS = "\n".join(f"The clause number {number} of the contract holds." for number in range(4))
QUOTED = "\n".join(f"> {line}" for line in TERMS.splitlines())


def at(minute: int) -> datetime:
    return datetime(2026, 3, 2, 9, minute, tzinfo=UTC)


LETTERS = (
    letter("a1", at=at(0), body=TERMS),
    letter("a2", at=at(10), subject="Re: Portal", reply_to="a1"),
    letter("a3", at=at(20), subject="Re: Portal", body=f"Agreed.\n\nOn Monday Ada wrote:\n{QUOTED}\n"),
    letter("b1", at=at(30), sender=BO, subject="Re: Portal", reply_to="a1"),
    letter("c1", at=at(40), subject="Invoice"),
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a configuration and a database that holds mail of two customers."""
    place, mail = tmp_path_factory.mktemp("archive"), tmp_path_factory.mktemp("mail")
    (place / "config.yaml").write_text(CONFIG, encoding="utf-8")
    for number, one in enumerate(LETTERS, 1):
        (mail / f"{number}.eml").write_bytes(one)
    arguments = ["import", str(mail), "--mailbox", "archive", "--config", str(place / "config.yaml")]
    assert CliRunner().invoke(build_app("import", "thread"), arguments).exit_code == 0
    return place


@pytest.fixture
def mail(
    archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return what runs a command on a copy of the archive: exit code, standard output, standard error."""
    place = shutil.copytree(archive, tmp_path / "copy")

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["triage", *arguments, "--config", str(place / "config.yaml")])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return run


def test_show_prints_the_tree_with_sender_and_subject(mail: Run) -> None:
    status, out, _ = mail("thread", "show", "1")

    first, second, *_ = out.splitlines()[1:]
    assert (status, out.splitlines()[0]) == (0, "Thread 1: Portal")
    assert first.startswith("1  2026-03-02 09:00 UTC  Ada Berg  Portal")
    assert second.startswith("  2  2026-03-02 09:10 UTC  Ada Berg  Re: Portal")


def test_show_as_json_is_the_tree_in_reading_order(mail: Run) -> None:
    found = json.loads(mail("thread", "show", "1", "--json")[1])

    assert (found["thread_id"], found["subject"]) == (1, "Portal")
    tree = [(one["message_id"], one["parent_id"], one["depth"]) for one in found["messages"]]
    assert tree == [(1, None, 0), (2, 1, 1), (3, 1, 1)]
    assert found["messages"][0]["from"] == {"name": "Ada Berg", "email": "ada@acme.example"}
    assert found["messages"][1]["received_at"] == "2026-03-02T09:10:00+00:00"


def test_explain_says_what_holds_each_message_and_what_was_refused(mail: Run) -> None:
    status, out, _ = mail("thread", "explain", "1")

    assert status == 0
    assert "Here from the start." in out
    assert "Here because its In-Reply-To names a message here (message 1), a1@mail.example." in out
    assert "Here because it quotes 4 lines of a message here (message 1)." in out
    assert "Refused: The In-Reply-To of message 4 of thread 2 names message 1: two customers." in out


def test_explain_as_json_has_every_link_with_kind_strength_and_evidence(mail: Run) -> None:
    found = json.loads(mail("thread", "explain", "1", "--json")[1])

    links = [
        (one["message"], one["joined_by"], one["strength"], one["via"], one["shared_lines"])
        for one in found["places"]
    ]
    assert links == [
        (1, None, None, None, 0),
        (2, "in_reply_to", 5, "a1@mail.example", 0),
        (3, "quote", 3, None, 4),
    ]
    (refused,) = found["refused"]
    assert (refused["reason"], refused["kind"], refused["strength"]) == ("wall", "in_reply_to", 5)
    assert (refused["via"], refused["other_thread"]) == ("a1@mail.example", 2)
    assert refused["sentence"].endswith("names message 1: two customers.")


def test_split_says_how_to_take_it_back_and_undo_does(mail: Run) -> None:
    status, out, _ = mail("thread", "split", "2", "3")
    assert (status, out) == (
        0,
        "Done: the messages are in thread 4. `triage thread undo 1` takes it back.\n",
    )
    assert mail("thread", "show", "4")[1].startswith("Thread 4: Re: Portal\n2  ")
    assert "Event 1, " in mail("thread", "explain", "4")[1]

    back = json.loads(mail("thread", "undo", "1", "--json")[1])

    assert back == {"event_id": 2, "thread_id": 1}
    assert len(json.loads(mail("thread", "show", "1", "--json")[1])["messages"]) == 3


def test_merged_thread_is_found_under_its_old_number(mail: Run) -> None:
    done = json.loads(mail("thread", "merge", "1", "3", "--json")[1])

    found = json.loads(mail("thread", "show", "3", "--json")[1])
    assert (done["thread_id"], found["thread_id"], len(found["messages"])) == (1, 1, 4)


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("show", "99"), 1, "there is no such thread"),
        (("explain", "99"), 1, "there is no such thread"),
        (("split", "99"), 1, "a message that was named does not exist"),
        (("split", "1", "2", "3"), 1, "leave at least one in it"),
        (("split", "1", "5"), 1, "name messages of one thread"),
        (("merge", "1", "2"), 1, "belong to two customers and stay apart"),
        (("merge", "1", "1"), 1, "is already part of thread 1"),
        (("merge", "1", "99"), 1, "there is no such thread"),
        (("undo", "99"), 1, "there is no thread event 99"),
        (("show", "seven"), 2, "Invalid value"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    mail: Run, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    code, out, err = mail("thread", *arguments)

    assert (code, out) == (status, "")
    assert sentence in " ".join(err.split())


def test_what_was_taken_back_is_not_taken_back_again(mail: Run) -> None:
    mail("thread", "split", "2")
    mail("thread", "undo", "1")

    status, _, err = mail("thread", "undo", "1")

    assert status == 1
    assert "cannot be undone" in err


def test_items_are_listed_and_settled_for_good(mail: Run) -> None:
    status, out, _ = mail("thread", "reviews")
    assert status == 0
    assert "Two customers, one conversation" in out
    assert "bo@beta.example: Re: Portal (Beta, thread 2)" in out
    (item,) = json.loads(mail("thread", "reviews", "--json")[1])["reviews"]
    assert (item["child"]["thread_id"], item["parent"]["thread_id"], item["can_join"]) == (2, 1, False)

    status, _, err = mail("thread", "settle", str(item["id"]), "join")
    assert status == 1
    assert "two customers" in err
    done = json.loads(mail("thread", "settle", str(item["id"]), "apart", "--json")[1])
    assert mail("recompute")[0] == 0

    assert "Nothing to decide" in mail("thread", "reviews")[1]
    out = mail("thread", "explain", "1")[1]
    assert "a person keeps them apart" in out
    assert "thread 2 and thread 1." in out
    assert mail("thread", "undo", str(done["event_id"]))[0] == 0
    assert "Two customers" in mail("thread", "reviews")[1]
