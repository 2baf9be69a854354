"""The program as a person runs it: a configuration file, commands, and what they print."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Own settings of the developer must not leak in.
_ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TRIAGE_")}


class Program:
    """A folder with a configuration, and the commands run on it."""

    def __init__(self, folder: Path, **settings: Any) -> None:  # noqa: ANN401 - as free as YAML
        self.folder = folder
        self.config = folder / "config.yaml"
        self.settings: dict[str, Any] = {
            "data_dir": str(folder / "data"),
            "own": {"domains": ["vendor.example"]},
            "allow_inline_secrets": True,
            "accounts": [
                {
                    "key": "acme",
                    "name": "ACME GmbH",
                    "domains": ["acme.example"],
                    "projects": [
                        {"key": "portal", "name": "Portal", "codes": ["ACME-PORTAL"]},
                        {"key": "erp", "name": "ERP", "codes": ["ACME-ERP"]},
                    ],
                },
                {"key": "beta", "name": "Beta AG", "domains": ["beta.example"]},
            ],
            "schedules": [{"name": "always", "zone": "Europe/Berlin", "week": "24x7"}],
            "policies": [
                {
                    "name": "standard",
                    "targets": {"first_reply": {"minutes": 240}, "next_reply": {"minutes": 240}},
                }
            ],
        } | settings
        self.write()

    def write(self) -> None:
        """Write the configuration as it stands; JSON is YAML."""
        self.config.write_text(json.dumps(self.settings))

    def add_mailbox(
        self, name: str, *, host: str, port: int, user: str, password: str, **more: object
    ) -> None:
        """Configure a mailbox; plain text unless told otherwise."""
        mailbox = {
            "name": name,
            "host": host,
            "port": port,
            "security": "plain",
            "user": user,
            "password": {"plain": password},
        }
        self.settings.setdefault("mailboxes", []).append(mailbox | more)
        self.write()

    def command(self, *arguments: str) -> list[str]:
        """Return the command line."""
        return [sys.executable, "-m", "triage", *arguments]

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what the command sees of the environment."""
        return _ENVIRONMENT | {"TRIAGE_CONFIG": str(self.config)} | dict(extra or {})

    def run(
        self, *arguments: str, status: int | None = 0, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and check its exit status."""
        done = subprocess.run(
            self.command(*arguments),
            check=False,
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=self.environment(env),
            timeout=100,
        )
        assert status is None or done.returncode == status, done.stdout + done.stderr
        return done

    def json(self, *arguments: str, status: int = 0) -> Any:  # noqa: ANN401 - whatever it prints
        """Run a command with ``--json`` and return what it prints."""
        return json.loads(self.run(*arguments, "--json", status=status).stdout)

    def messages(self) -> list[dict[str, Any]]:
        """Return the exported messages, without what depends on the order of storing."""
        lines = self.run("export", "messages", "--jsonl").stdout.splitlines()
        return sorted((json.loads(line) for line in lines), key=lambda row: str(row["message_id"]))
