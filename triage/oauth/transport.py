"""HTTP to the providers of tokens, for their own libraries.

Only what OAuth allows gets through to the library: an answer with JSON and status 200, 400 or 401
(RFC 6749 section 5). All else is trouble of the network or of the provider that passes, such as a page
of a proxy, and must never look like a refused sign-in.
"""

from typing import Any, Final

import requests

from triage.core.errors import Unreachable

_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 15.0
_ANSWERS: Final = frozenset({200, 400, 401})


class TokenEndpoint(requests.Session):
    """A session that gives up early, follows no redirect, and says what is wrong in a sentence."""

    def __init__(self, mailbox: str) -> None:
        super().__init__()
        self._mailbox = mailbox

    def request(self, method: Any, url: Any, *args: Any, **options: Any) -> requests.Response:  # noqa: ANN401
        """Send one request.

        Raises:
            Unreachable: If there is no answer that OAuth knows.
        """
        options.update(timeout=(_CONNECT_SECONDS, _READ_SECONDS), allow_redirects=False)
        try:
            answer = super().request(method, url, *args, **options)
        except requests.RequestException as error:
            reason = type(error).__name__
            raise Unreachable(
                f"mailbox {self._mailbox}: the provider of tokens cannot be reached ({reason}); it is tried "
                "again"
            ) from None
        if answer.status_code not in _ANSWERS or not _is_json(answer):
            raise Unreachable(
                f"mailbox {self._mailbox}: the provider of tokens answered with status "
                f"{answer.status_code} and no token; it is tried again"
            )
        return answer


def _is_json(answer: requests.Response) -> bool:
    try:
        return isinstance(answer.json(), dict)
    except (ValueError, RecursionError):
        return False
