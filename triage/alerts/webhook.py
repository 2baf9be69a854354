"""One POST to a webhook, and what its answer means.

Nothing here repeats the address: who knows a webhook's address can post to the channel.
"""

from collections.abc import Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2

from triage.alerts.channel import PermanentDeliveryError, Receipt, TransientDeliveryError

#: Chat services answer within a second; a claim of the outbox lasts much longer than this.
TIMEOUT = httpx2.Timeout(10.0, connect=5.0)

#: RFC 9110 section 15.5.9, RFC 8470 section 5.2, RFC 6585 section 4.
_TRY_LATER = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


def post(
    url: str,
    body: Mapping[str, object],
    *,
    headers: Mapping[str, str],
    timeout: httpx2.Timeout = TIMEOUT,
) -> Receipt:
    """Send one JSON document. Redirects are not followed: they would carry alerts elsewhere.

    Raises:
        TransientDeliveryError: If a later attempt may work.
        PermanentDeliveryError: If it cannot.
    """
    try:
        with (
            httpx2.Client(timeout=timeout, follow_redirects=False) as client,
            client.stream("POST", url, json=body, headers=dict(headers)) as response,
        ):
            return _judge(response)
    except httpx2.TimeoutException as err:
        raise TransientDeliveryError("The webhook did not answer in time.") from err
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol) as err:
        raise PermanentDeliveryError("The webhook has no usable address; it begins with https://.") from err
    except httpx2.HTTPError as err:
        raise TransientDeliveryError(f"The webhook cannot be reached ({type(err).__name__}).") from err


def _judge(response: httpx2.Response) -> Receipt:
    status = response.status_code
    if response.is_success:
        return Receipt(status=status)
    if response.is_redirect:
        raise PermanentDeliveryError(f"The webhook has moved (status {status}); configure its new address.")
    if response.is_server_error or status in _TRY_LATER:
        raise TransientDeliveryError(
            f"The webhook answered with status {status}.", retry_after=_retry_after(response.headers)
        )
    raise PermanentDeliveryError(f"The webhook refused the alert with status {status}; check its address.")


def _retry_after(headers: httpx2.Headers) -> timedelta | None:
    """Return the wait that the receiver asks for (RFC 9110 section 10.2.3), or None."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal() and len(value) < len("100000000"):
        return timedelta(seconds=int(value))
    try:
        # Against the receiver's own clock: ours may differ.
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("Date", ""))
    except (TypeError, ValueError):
        return None
    return max(wait, timedelta(0))
