"""Servers that conflict with Dovecot as packages: unpacked into a cache folder, run from there."""

import os
from pathlib import Path

from tests.servers.availability import unavailable


def cache() -> Path:
    """Return where ``install.sh`` unpacks them: a place that the servers' own users may read."""
    if os.geteuid() == 0:
        return Path("/var/cache/triage-test-servers")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "triage-test-servers"


def unpacked(server: str, program: str) -> Path:
    """Return the path of an unpacked program, or skip."""
    found = cache() / "root" / program
    if not found.exists():
        unavailable(server, "it is not unpacked; run tests/servers/install.sh on Debian or Ubuntu")
    return found


def libraries() -> dict[str, str]:
    """Return the environment in which unpacked programs find their libraries."""
    folders = {str(path.parent) for path in (cache() / "root").glob("**/lib/**/lib*.so.*")}
    return {"LD_LIBRARY_PATH": os.pathsep.join(sorted(folders))}
