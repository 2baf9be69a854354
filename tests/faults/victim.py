"""A worker that can be killed at a named place, over a mailbox in memory.

Run as a program it forks one worker for each line of JSON on its input, waits for it, and prints its
exit status: a kill costs the fork only, and no run waits for the imports.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.acceptance.mail import letter
from tests.fakes.mailbox import FakeMailbox
from tests.services.workplace import NOW, Workplace
from triage.alerts.channel import Receipt
from triage.core.alert import Alert
from triage.core.errors import Unreachable
from triage.fail_point import VARIABLE
from triage.logs import configure_logs
from triage.services import read_folder
from triage.services.deliver import deliver_due
from triage.services.reading_order import Pace
from triage.services.search_index import index_some
from triage.services.sweep import sweep
from triage.store.database import Database

Change = Callable[[FakeMailbox], object]


def _history(mailbox: FakeMailbox) -> None:
    for number in range(5):
        sender = f"p{number}@{'acme' if number % 2 else 'beta'}.example"
        mailbox.append(letter(f"m{number}", sender=sender, subject=f"Matter {number}"))
    mailbox.append(
        letter(
            "a1", sender="desk@vendor.example", to="p1@acme.example", subject="Re: Matter 1", reply_to="m1"
        ),
        folder="Sent",
    )


def _news(mailbox: FakeMailbox) -> None:
    late = NOW - timedelta(hours=5)
    for number in range(5, 8):
        mailbox.append(letter(f"m{number}", subject=f"Matter {number}"), at=late)
    mailbox.append(
        letter(
            "a0", sender="desk@vendor.example", to="p0@beta.example", subject="Re: Matter 0", reply_to="m0"
        ),
        folder="Sent",
        at=NOW - timedelta(hours=1),
    )
    # One thread takes in the other, whose mail moves in the index too.
    both = {"References": "<m1@mail.example> <m3@mail.example>"}
    mailbox.append(letter("both", sender="p1@acme.example", subject="Both", headers=both), at=late)


def _renumbered(mailbox: FakeMailbox) -> None:
    mailbox.renumber()
    mailbox.append(letter("gap", subject="In the gap"), at=NOW - timedelta(hours=5))


def _moved(mailbox: FakeMailbox) -> None:
    mailbox.move(2, to="Sent")
    mailbox.expunge(4)
    mailbox.append(letter("after", subject="After the move"), at=NOW - timedelta(hours=5))


def _restored(mailbox: FakeMailbox) -> None:
    """An administrator puts yesterday's copy back; the numbers go on from there."""
    inbox = mailbox.folders["INBOX"]
    inbox.messages, inbox.next_uid = {uid: inbox.messages[uid] for uid in (1, 2)}, 3
    mailbox.append(letter("new3", subject="Third again"), at=NOW - timedelta(hours=5))


def _many(mailbox: FakeMailbox) -> None:
    """More mail than is read at once.

    In one folder: of two the numbers of the rows would tell when the worker was killed.
    """
    for number in range(9):
        mailbox.append(letter(f"m{number}", subject=f"Matter {number}"))
    for number in range(2):
        answer = letter(
            f"s{number}", sender="desk@vendor.example", to="p1@acme.example", subject=f"Sent {number}"
        )
        mailbox.append(answer, folder="Sent")


def _cut(mailbox: FakeMailbox) -> None:
    """The line breaks in the middle of it."""
    _many(mailbox)
    mailbox.fault_at_uid[6] = Unreachable("mailbox desk: the connection was lost")


def _fresh(mailbox: FakeMailbox) -> None:
    """New mail comes before the old is all here; somebody tidies up, too."""
    mailbox.fault_at_uid.clear()
    for number in range(3):
        mailbox.append(
            letter(f"fresh{number}", subject=f"Fresh {number}"), at=NOW - timedelta(hours=5 - number)
        )
    mailbox.expunge(2)
    mailbox.expunge(9)
    mailbox.append(letter("re", sender="desk@vendor.example", reply_to="m1"), folder="Sent")


#: What happens to the mailbox, visit by visit; the worker is killed in the last one.
SCENARIOS: dict[str, tuple[Change, ...]] = {
    "import": (_history,),
    "incremental": (_history, _news),
    "uidvalidity": (_history, _renumbered),
    "move": (_history, _moved),
    "restore": (_history, _restored),
    "backlog": (_many,),
    "fresh during a backlog": (_cut, _fresh),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FileChannel:
    """Writes the key of every alert as a line, before anybody can die."""

    path: Path
    name: str = "chat"

    def send(self, alert: Alert, *, key: str) -> Receipt:
        with self.path.open("a") as lines:
            lines.write(f"{key} {alert.level.value}\n")
            lines.flush()
            os.fsync(lines.fileno())
        return Receipt(status=200)


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a worker is to do.

    Attributes:
        alerts: File that takes what is sent.
        visits: The mailbox is read as it is at this visit; 0 makes the tables before it.
        attempt: Counts the runs of one visit: a claim that a killed run left behind has run out by then.
        fail_point: Value of the environment variable, or nothing.
    """

    url: str
    alerts: str
    scenario: str
    visits: int
    attempt: int = 0
    fail_point: str = ""


def visit(order: Order) -> None:
    """Read the mailbox, sweep and deliver."""
    # Small batches: a scenario of eight messages has several commits.
    read_folder.BATCH = 2
    place = Workplace(Database(order.url), pace=Pace(messages=4))
    if order.visits == 0:
        place.database.upgrade()
    for change in SCENARIOS[order.scenario][: order.visits]:
        change(place.mailbox)
    # What the line broke off is only told at a later visit.
    report = place.poll()
    if report.error and SCENARIOS[order.scenario][order.visits - 1] is not _cut:
        raise report.error
    sweep(place.database, place.practice(), now=place.now)
    while index_some(place.database, limit=2):
        pass
    channel = FileChannel(path=Path(order.alerts))
    deliver_due(place.database, {"chat": channel}, now=lambda: NOW + timedelta(hours=order.attempt))
    place.database.close()


def _fork(order: Order) -> int:
    child = os.fork()
    if child == 0:
        try:
            if order.fail_point:
                os.environ[VARIABLE] = order.fail_point
            visit(order)
        except BaseException:  # noqa: BLE001 - the parent is told by the status
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Serve orders until the input ends."""
    configure_logs()
    for line in sys.stdin:
        print(json.dumps({"status": _fork(Order(**json.loads(line)))}), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
