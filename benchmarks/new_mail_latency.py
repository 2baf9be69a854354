"""New mail on a quiet day: ``python -m benchmarks.new_mail_latency [DELIVERIES]``.

A private Dovecot, ``triage work``, and a second connection that delivers one mail after the other.
Leaves with status 1 when the promise is broken: p50 <= 1 s, p99 <= 5 s.
"""

import random
import sys
import time
from collections.abc import Sequence

from benchmarks.latency import Arrivals, deliver, desk, told, worker
from tests.servers.ports import eventually


def main(arguments: Sequence[str] = sys.argv[1:]) -> None:
    """Measure."""
    count = int(arguments[0]) if arguments else 100
    chance = random.Random(3)
    with desk() as (program, user), Arrivals(program) as arrivals, worker(program):
        first, _ = deliver(user, 0)
        eventually(lambda: first in arrivals.seen, seconds=120, what="the first mail")
        sent = {}
        for number in range(1, count + 1):
            time.sleep(chance.uniform(0.1, 1.5))
            name, at = deliver(user, number)
            sent[name] = at
        eventually(lambda: sent.keys() <= arrivals.seen.keys(), seconds=60, what="the last mail")
    sys.exit(0 if told(sent, arrivals.seen, (1, 5)) else 1)


if __name__ == "__main__":
    main()
