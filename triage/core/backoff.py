"""When to try again what did not work."""

import hashlib
from datetime import datetime, timedelta

#: The first wait; each later one is twice as long.
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
#: After this long nobody is helped by the alert any more; it is marked failed and shown.
GIVE_UP_AFTER = timedelta(hours=24)

#: Waits are stretched by up to this share, so that rows that failed together do not return together.
_JITTER = 0.25
_JITTER_STEPS = 1 << 32
_DOUBLINGS_TO_LONGEST = 7


def next_attempt(
    key: str,
    *,
    attempts: int,
    created_at: datetime,
    now: datetime,
    retry_after: timedelta | None = None,
) -> datetime | None:
    """Return when to try again, or None when it is time to give up.

    The stretch is made from the key, so the same row waits the same time wherever it is computed.

    Args:
        key: Idempotency key of what is sent.
        attempts: Attempts made so far, at least 1.
        created_at: When it was first to be sent.
        retry_after: What the receiver asked for (RFC 9110 section 10.2.3); never waited for less,
            and never for more than ``GIVE_UP_AFTER`` allows.
    """
    # Bounded before the power, which would overflow a timedelta.
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, _DOUBLINGS_TO_LONGEST), LONGEST_WAIT)
    wait += wait * _JITTER * _share(f"{key}:{attempts}")
    if retry_after is not None:
        wait = max(wait, retry_after)
    at = now + wait
    return at if at - created_at <= GIVE_UP_AFTER else None


def _share(text: str) -> float:
    """Return a number from 0 to below 1 that looks random and is not."""
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:4]) / _JITTER_STEPS
