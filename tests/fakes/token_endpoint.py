"""A provider of tokens on loopback, over TLS: Microsoft's and Google's endpoints, and how they fail.

It issues, rotates and checks tokens like the real ones, and can be told to be slow, broken, or to
refuse. A mail server under test asks it which access tokens are good.
"""

import base64
import json
import threading
import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self

import pytest

from tests.servers.tls import Authority, Certificate

CLIENT_ID = "11111111-2222-3333-4444-555555555555"
CLIENT_SECRET = "planted-client-secret"
TENANT = "vendor.example"
PERSON = "ada@vendor.example"


@dataclass(slots=True)
class Rules:
    """How the provider behaves at present.

    Attributes:
        lasts_seconds: Of access tokens.
        rotates: A refresh brings a new refresh token and ends the old one.
        error: Answered to every request for a token, with ``codes``.
        status: Of broken answers, without JSON; 0 when it works.
        gate: While set, a token request waits for it: a slow provider.
        is_entered: Whether the person entered the device code.
        scope: What the person agreed to.
        mint: Makes access tokens that a mail server of the test knows by itself.
    """

    lasts_seconds: int = 3600
    rotates: bool = True
    error: str = ""
    codes: tuple[int, ...] = ()
    status: int = 0
    gate: threading.Event | None = None
    is_entered: bool = True
    scope: str = "https://mail.google.com/"
    mint: Callable[[], str] | None = None


class TokenServer:
    """The server; its address is that of a Microsoft cloud and of Google's token endpoint at once.

    Attributes:
        requests: Grant types of the requests for tokens, in order.
        good: Access tokens that a mail server should take.
    """

    def __init__(self, certificate: Certificate) -> None:
        self.rules = Rules()
        self.requests: list[str] = []
        self.good: set[str] = set()
        self.secrets: list[str] = [CLIENT_SECRET]
        self._refresh: set[str] = set()
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._arrived = threading.Condition(self._lock)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.socket = certificate.server_context().wrap_socket(self._server.socket, server_side=True)
        self.authority = f"https://localhost:{self._server.server_port}"
        self.token_uri = f"{self.authority}/google/token"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    @property
    def renewals(self) -> int:
        """How often a token was asked for."""
        return len(self.requests)

    def counted(self) -> Counter[str]:
        """Return how many requests there were of each kind."""
        return Counter(self.requests)

    def revoke(self) -> None:
        """Withdraw every token."""
        with self._lock:
            self._refresh.clear()
            self.good.clear()

    def refresh_token(self) -> str:
        """Issue a refresh token, as after a first sign-in."""
        with self._lock:
            return self._new_refresh()

    def wait_for_requests(self, number: int) -> None:
        """Return when so many requests for tokens have come in."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.requests) >= number, timeout=20)

    def google_client(self) -> str:
        """Return a client file as Google's console offers it."""
        installed = {
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "auth_uri": f"{self.authority}/google/auth",
            "token_uri": self.token_uri,
        }
        return json.dumps({"installed": installed})

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Return status and document for a request."""
        if path.endswith("/.well-known/openid-configuration"):
            return self._discovery(path)
        if path.endswith("/devicecode"):
            return 200, {
                "user_code": "ABCD-EFGH",
                "device_code": "planted-device-code",
                "verification_uri": f"{self.authority}/device",
                "expires_in": 900,
                "interval": 1,
            }
        return self._token(form)

    def _discovery(self, path: str) -> tuple[int, dict[str, Any]]:
        tenant = path.split("/")[1]
        if tenant != TENANT:
            return 400, {"error": "invalid_tenant", "error_codes": [90002]}
        base = f"{self.authority}/{TENANT}"
        return 200, {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        }

    def _token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        grant = form.get("grant_type", "").rpartition(":")[2]
        with self._arrived:
            self.requests.append(grant)
            self._arrived.notify_all()
        if self.rules.gate is not None:
            self.rules.gate.wait(20)
        if self.rules.status:
            return self.rules.status, {}
        if self.rules.error:
            return self._refused(self.rules.error, *self.rules.codes)
        with self._lock:
            return self._issued(grant, form)

    def _issued(self, grant: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if grant == "device_code" and not self.rules.is_entered:
            return self._refused("authorization_pending", 70016)
        if grant == "client_credentials" and form.get("client_secret") not in self.secrets:
            return self._refused("invalid_client", 7000215)
        if grant in {"client_credentials", "jwt-bearer"}:
            return 200, self._access()
        if grant == "refresh_token":
            old = form.get("refresh_token", "")
            if old not in self._refresh:
                return self._refused("invalid_grant", 700082)
            if not self.rules.rotates:
                return 200, self._access()
            self._refresh.discard(old)
        return 200, {**self._access(), **self._identity(), "refresh_token": self._new_refresh()}

    def _access(self) -> dict[str, Any]:
        token = self.rules.mint() if self.rules.mint else f"planted-access-{next(self._numbers)}"
        self.good.add(token)
        return {
            "token_type": "Bearer",
            "access_token": token,
            "expires_in": self.rules.lasts_seconds,
            "scope": self.rules.scope,
        }

    def _new_refresh(self) -> str:
        token = f"planted-refresh-{next(self._numbers)}"
        self._refresh.add(token)
        return token

    def _identity(self) -> dict[str, Any]:
        claims = {"sub": "1", "oid": "1", "tid": "2", "preferred_username": PERSON, "aud": CLIENT_ID}
        return {
            "id_token": f"{_encoded({'alg': 'none'})}.{_encoded(claims)}.",
            "client_info": _encoded({"uid": "1", "utid": "2"}),
        }

    def _refused(self, error: str, *codes: int) -> tuple[int, dict[str, Any]]:
        said = f"{error}: a trace with {PERSON} in it"
        return 400, {"error": error, "error_codes": list(codes), "error_description": said}

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._answer(dict(urllib.parse.parse_qsl(body)))

            def _answer(self, form: dict[str, str]) -> None:
                status, document = endpoint.answer(urllib.parse.urlsplit(self.path).path, form)
                body = json.dumps(document).encode() if document else b"<html>proxy</html>"
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                pass

        return Handler


def _encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.fixture(scope="session")
def token_certificate(authority: Authority) -> Certificate:
    """The certificate of the provider."""
    return authority.issue("tokens")


@pytest.fixture
def token_server(
    authority: Authority, token_certificate: Certificate, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TokenServer]:
    """A provider of tokens whose certificate this process trusts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.certificate))
    with TokenServer(token_certificate) as server:
        yield server
