"""What every answer carries so that a browser does nothing we did not ask for, and a limit on bodies.

Source: OWASP secure headers; reliability T-14 and T-15.
"""

from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: The largest request is a look-up of 150 ids.
MAX_BODY_BYTES = 256 * 1024

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Other sites learn nothing; with "no-referrer" a browser would hide the Origin of our own forms too.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def security_headers(*, is_secure: bool) -> dict[str, str]:
    """Return the headers of every answer; over TLS they bind the browser to TLS."""
    bound = {"Strict-Transport-Security": "max-age=31536000"} if is_secure else {}
    return {**SECURITY_HEADERS, "Cache-Control": "no-store", **bound}


class SecurityHeaders:
    """Adds the headers to every answer; customer data is never cached unless its route says how."""

    def __init__(self, app: ASGIApp, *, is_secure: bool) -> None:
        self._app = app
        self._headers = [
            (name.lower().encode(), value.encode())
            for name, value in security_headers(is_secure=is_secure).items()
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = list(message.get("headers", ()))
                names = {name for name, _ in given}
                message["headers"] = given + [header for header in self._headers if header[0] not in names]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses request bodies over a limit, whether their length was announced or not."""

    def __init__(self, app: ASGIApp, *, max_bytes: int = MAX_BODY_BYTES) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > self._max_bytes:
            await _too_large(send)
            return
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            # A body that goes past the limit ends here; what was cut is not well formed any more.
            return message if taken <= self._max_bytes else {"type": "http.disconnect"}

        await self._app(scope, receive_counted, send)


async def _too_large(send: Send) -> None:
    body = (
        b'{"type":"urn:triage:problem:too_large","title":"The request is too large","status":413,'
        b'"code":"too_large","detail":"Ask for fewer ids at once."}'
    )
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
