"""Where the distribution's Chromium is; the tests drive it, they never download a browser."""

from pathlib import Path

import pytest

from tests.servers.availability import unavailable

PLACES = (Path("/usr/bin/chromium"), Path("/usr/bin/chromium-browser"), Path("/usr/bin/google-chrome"))


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The browser's program."""
    for place in PLACES:
        if place.exists():
            return place
    return unavailable("Chromium", "it is not installed; run tests/servers/install.sh as root")
