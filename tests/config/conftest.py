"""Configuration files made on the spot."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from triage.config.load import load
from triage.core.errors import ConfigError

Write = Callable[[str], Path]
Problems = Callable[[str], list[str]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a configuration file and return its path."""

    def write_text(text: str) -> Path:
        path = tmp_path / "config.yaml"
        path.write_text(dedent(text), encoding="utf-8")
        return path

    return write_text


@pytest.fixture
def problems(write: Write) -> Problems:
    """Return the problems of a text, each as ``line: sentence``; none when it is accepted."""

    def find(text: str) -> list[str]:
        path = write(text)
        try:
            load(path)
        except ConfigError as err:
            return [str(problem).removeprefix(f"{path}:") for problem in err.problems]
        return []

    return find
