"""What happens when a real server cannot be had: a skip with its reason, or a failure under ``CI=true``."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

import pytest

#: Every skip for want of a server starts with this, so that the closing lines can collect them.
MARK = "no server: "


def unavailable(server: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where a missing server would hide a broken build."""
    message = f"{MARK}{server}: {reason}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def program(server: str, name: str, *, also_in: Iterable[Path] = ()) -> Path:
    """Return the path of a program, or skip."""
    places = [Path("/usr/sbin"), Path("/usr/local/sbin"), *also_in]
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), *map(str, places)]))
    if found is None:
        unavailable(server, f"{name} is not installed; run tests/servers/install.sh as root")
    return Path(found)


def missing_servers(skip_reasons: Iterable[str]) -> dict[str, int]:
    """Return how many tests each missing server cost, by the sentence that says why."""
    counts: dict[str, int] = {}
    for reason in skip_reasons:
        _, found, sentence = reason.partition(MARK)
        if found:
            counts[sentence] = counts.get(sentence, 0) + 1
    return counts
