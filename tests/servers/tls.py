"""Throw-away certificates, made with the ``openssl`` command, for servers to trust or not to trust."""

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.availability import program


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """A server certificate with its key, both PEM files."""

    certificate: Path
    key: Path

    def server_context(self) -> ssl.SSLContext:
        """Return a context that presents this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """A private certificate authority that lives as long as the tests."""

    def __init__(self, folder: Path) -> None:
        self._openssl = str(program("openssl", "openssl"))
        self._folder = folder
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca.key"
        self._run(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(self._key), "-out", str(self.certificate), "-days", "30"),
            *("-subj", "/CN=Triage test authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign"),
        )

    def issue(self, name: str, *, host: str = "localhost", expired: bool = False) -> Certificate:
        """Return a certificate for the host (and for 127.0.0.1 when the host is ``localhost``)."""
        key, request, certificate = (self._folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        alternative = f"DNS:{host}" + (",IP:127.0.0.1" if host == "localhost" else "")
        extensions = self._folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative}\nbasicConstraints=critical,CA:FALSE\n")
        self._run(
            *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(key), "-out", str(request), "-subj", f"/CN={host}"),
        )
        self._run(
            *("x509", "-req", "-in", str(request), "-CA", str(self.certificate), "-CAkey", str(self._key)),
            *("-CAcreateserial", "-extfile", str(extensions), "-out", str(certificate)),
            *("-days", "-1" if expired else "29"),
        )
        return Certificate(certificate=certificate, key=key)

    def _run(self, *arguments: str) -> None:
        subprocess.run([self._openssl, *arguments], check=True, capture_output=True)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that no system trusts."""
    return Authority(tmp_path_factory.mktemp("tls"))
