"""The effective configuration as text, with every secret masked."""

import json
import re
from io import StringIO
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import SecretStr
from ruamel.yaml import YAML

from triage.config.database import database_url
from triage.config.model import Config

MASK = "**********"

_QUERY_PASSWORD = re.compile(r"((?:^|&)password=)[^&]*", re.IGNORECASE)


def effective(config: Config) -> dict[str, Any]:
    """Return all values, defaults included, as JSON can hold them. Secrets stay where they are."""
    values = config.model_dump(mode="json", exclude_none=True)
    url = database_url(config) if config.database.url is None else config.database.url
    values["database"]["url"] = _masked(url)
    values["server"]["public_url"] = config.base_url
    return values


def as_yaml(config: Config) -> str:
    """Return the effective configuration as YAML."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 110
    text = StringIO()
    yaml.dump(effective(config), text)
    return text.getvalue()


def as_json(config: Config) -> str:
    """Return the effective configuration as JSON."""
    return json.dumps(effective(config), indent=2)


def _masked(url: SecretStr) -> str:
    parts = urlsplit(url.get_secret_value())
    netloc = parts.netloc
    if parts.password is not None:
        user, _, host = netloc.rpartition("@")
        netloc = f"{user.partition(':')[0]}:{MASK}@{host}"
    query = _QUERY_PASSWORD.sub(rf"\1{MASK}", parts.query)
    masked = urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))
    # A SQLite path has an empty host, which urlunsplit leaves out together with its slashes.
    return masked if (netloc, query) != (parts.netloc, parts.query) else url.get_secret_value()
