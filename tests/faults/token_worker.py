"""A process that asks for one access token: ``python -m tests.faults.token_worker``.

Its arguments are the database, authority, tenant and client of Microsoft, and the key of the tokens.

It says ``ready``, waits for a line, asks, and prints a hash of what it got.
"""

import hashlib
import sys
from datetime import UTC, datetime

from triage.oauth.microsoft import MicrosoftPerson, Registration
from triage.oauth.vault import Vault
from triage.services.tokens import TokenKeeper
from triage.store.database import Database


def main() -> None:
    url, authority, tenant, client, key = sys.argv[1:]
    registration = Registration(mailbox="support", tenant=tenant, client_id=client, authority=authority)
    keeper = TokenKeeper(
        Database(url),
        "support",
        provider=MicrosoftPerson(registration),
        vault=lambda: Vault([key]),
        clock=lambda: datetime.now(UTC),
    )
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    print(hashlib.sha256(keeper.token().encode()).hexdigest())  # noqa: T201


if __name__ == "__main__":
    main()
