"""The configuration of the sample company, as a file like anybody's own."""

from importlib.resources import files
from pathlib import Path
from string import Template


def write_company(
    folder: Path, *, imap_host: str, imap_port: int, user: str, password: str, port: int
) -> Path:
    """Write the configuration that reads the demo server, and return its path.

    Args:
        folder: A folder that is thrown away afterwards; the data goes there too.
        port: Where the queue is served.
    """
    secret = folder / "imap-password"
    secret.touch(mode=0o600)
    secret.write_text(password, encoding="utf-8")
    template = Template((files("triage.demo") / "company.yaml").read_text(encoding="utf-8"))
    text = template.substitute(imap_host=imap_host, imap_port=imap_port, user=user, port=port)
    path = folder / "config.yaml"
    path.write_text(text, encoding="utf-8")
    return path
