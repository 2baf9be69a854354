"""Reading secrets from where the configuration says they are."""

import os
import stat
from pathlib import Path

from pydantic import SecretStr

from triage.config.model import Secret
from triage.core.errors import ConfigError, Problem

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
