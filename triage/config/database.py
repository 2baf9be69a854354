"""The address of the database, complete with its password."""

from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import SecretStr

from triage.config.model import Config
from triage.config.secret import read_secret

_FILE = "triage.sqlite3"


def database_url(config: Config) -> SecretStr:
    """Return the address: the configured one with the password in it, else a file in ``data_dir``.

    Raises:
        ConfigError: If the password cannot be read.
    """
    if config.database.url is None:
        return SecretStr(f"sqlite:///{config.data_dir / _FILE}")
    if config.database.password is None:
        return config.database.url
    parts = urlsplit(config.database.url.get_secret_value())
    password = quote(read_secret(config.database.password).get_secret_value(), safe="")
    user, _, host = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}:{password}@{host}"
    return SecretStr(urlunsplit((parts.scheme, netloc, parts.path, parts.query, parts.fragment)))
