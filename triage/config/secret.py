"""Reading secrets from where the configuration says they are."""

import base64
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pydantic import SecretStr

from triage.config.document import Place
from triage.config.model import Config
from triage.config.section import Secret
from triage.core.errors import ConfigError, Problem

_KEY_BYTES = 32
#: Where container engines mount secrets: readable by all, inside a container of one user.
_CONTAINER_SECRETS = Path("/run/secrets")


def read_secret(secret: Secret) -> SecretStr:
    """Return the secret, read now: a rotated password takes effect at the next sign-in.

    Raises:
        ConfigError: If the variable is not set or the file cannot be used.
    """
    finding = find_fault(secret)
    if finding:
        what, mend = finding
        raise ConfigError((Problem(where=_origin(secret), what=what, mend=mend),))
    if secret.plain is not None:
        return secret.plain
    if secret.env is not None:
        return SecretStr(os.environ[secret.env])
    if secret.file is None:
        raise AssertionError(secret)
    return SecretStr(secret.file.read_text(encoding="utf-8").rstrip("\r\n"))


def find_fault(secret: Secret) -> tuple[str, str] | None:
    """Return what is wrong with a reference and how to mend it, or None."""
    if secret.env is not None and not os.environ.get(secret.env):
        return (
            f"The environment variable {secret.env} is not set.",
            f"Set it, such as: export {secret.env}=...",
        )
    if secret.file is not None:
        return _file_fault(secret.file)
    return None


def _file_fault(path: Path) -> tuple[str, str] | None:
    try:
        mode = path.stat().st_mode
        is_empty = not path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return f"There is no secret file {path}.", "Create it, with nothing in it but the secret."
    except (OSError, UnicodeDecodeError):
        return f"The secret file {path} cannot be read.", "Check its owner and that it is a text file."
    if is_empty:
        return f"The secret file {path} is empty.", "Write the secret into it."
    if mode & stat.S_IROTH and _CONTAINER_SECRETS not in path.parents:
        return f"The secret file {path} can be read by every user.", f"Run: chmod 600 {path}"
    return None


def _origin(secret: Secret) -> str:
    return str(secret.file) if secret.file else f"environment {secret.env}"


def is_token_key(secret: Secret) -> bool:
    """Tell whether a readable secret is a key for stored tokens: 32 bytes in URL-safe base64 (Fernet)."""
    try:
        return len(base64.urlsafe_b64decode(read_secret(secret).get_secret_value())) == _KEY_BYTES
    except ValueError:
        return False


def each_secret(config: Config) -> Iterator[tuple[Place, Secret]]:
    """Yield every reference to a secret, and where it stands."""
    if config.database.password:
        yield ("database", "password"), config.database.password
    for index, key in enumerate(config.token_keys):
        yield ("token_keys", index), key
    yield from _mailbox_secrets(config)
    if config.canary and config.canary.smtp.password:
        yield ("canary", "smtp", "password"), config.canary.smtp.password
    for index, channel in enumerate(config.alerts.channels):
        yield ("alerts", "channels", index, "url"), channel.url


def _mailbox_secrets(config: Config) -> Iterator[tuple[Place, Secret]]:
    for index, mailbox in enumerate(config.mailboxes):
        place: Place = ("mailboxes", index)
        if mailbox.password:
            yield (*place, "password"), mailbox.password
        if mailbox.microsoft and mailbox.microsoft.client_secret:
            yield (*place, "microsoft", "client_secret"), mailbox.microsoft.client_secret
        if mailbox.google:
            for name in ("client", "service_account"):
                if secret := getattr(mailbox.google, name):
                    yield (*place, "google", name), secret
