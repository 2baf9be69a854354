"""The fail points in the code, found by reading it: a new one is tested without being listed anywhere."""

import re
from pathlib import Path

_CALL = re.compile(r'\breach\("([a-z0-9._-]+)"\)')


def fail_points(root: Path) -> tuple[str, ...]:
    """Return the names below a folder of source code, sorted."""
    return tuple(
        sorted(
            {name for path in root.rglob("*.py") for name in _CALL.findall(path.read_text(encoding="utf-8"))}
        )
    )
