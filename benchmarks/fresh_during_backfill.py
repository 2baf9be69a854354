"""New mail during a first import: ``python -m benchmarks.fresh_during_backfill [OLD MESSAGES]``.

A private Dovecot holds the generated mailbox; while ``triage work`` imports it, a second connection
delivers a mail every second. Leaves with status 1 when the promise is broken: p99 <= 60 s.
"""

import sys
import time
from collections.abc import Sequence

from benchmarks.latency import Arrivals, deliver, desk, told, worker
from benchmarks.mailbox import mailbox
from tests.servers.ports import eventually

#: Longer than any import here.
_PATIENCE_SECONDS = 4 * 3600


def main(arguments: Sequence[str] = sys.argv[1:]) -> None:
    """Measure."""
    count = int(arguments[0]) if arguments else 50_000
    with desk() as (program, user):
        for folder in ("INBOX", "Sent"):
            user.append_many(mail.content for mail in mailbox(count) if mail.folder == folder)
        with Arrivals(program) as arrivals, worker(program):
            started_at = time.monotonic()
            sent: dict[str, float] = {}
            eventually(lambda: arrivals.seen, seconds=300, what="the first old mail")
            while (
                len(arrivals.seen) - len(sent) < count and time.monotonic() - started_at < _PATIENCE_SECONDS
            ):
                name, at = deliver(user, len(sent))
                sent[name] = at
                time.sleep(1)
            took = time.monotonic() - started_at
            eventually(lambda: sent.keys() <= arrivals.seen.keys(), seconds=120, what="the last new mail")
        print(f"{count} old messages imported in {took:.0f} s while {len(sent)} new ones came")
    sys.exit(0 if told(sent, arrivals.seen, (60, 60)) else 1)


if __name__ == "__main__":
    main()
