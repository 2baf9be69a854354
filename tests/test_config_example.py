"""config.example.yaml says what the code does."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from triage.config.document import Node, read
from triage.config.load import load
from triage.config.model import Config
from triage.oauth.vault import new_key

EXAMPLE = Path(__file__).parent.parent / "config.example.yaml"


def _sections(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [section for part in get_args(annotation) for section in _sections(part)]


def _all_sections(section: type[BaseModel]) -> set[type[BaseModel]]:
    found = {section}
    for field in section.model_fields.values():
        for child in _sections(field.annotation):
            found |= _all_sections(child)
    return found


def _written(node: Node, section: type[BaseModel]) -> Iterator[tuple[type[BaseModel], str, Node]]:
    """Yield every key of the file with the section of the model that it belongs to."""
    if isinstance(node.value, list):
        for item in node.value:
            yield from _written(item, section)
    if not isinstance(node.value, dict):
        return
    for key, child in node.value.items():
        if key in section.model_fields:
            yield section, key, child
            for inner in _sections(section.model_fields[key].annotation):
                yield from _written(child, inner)


def _comment(key: str, node: Node) -> str:
    """Return the comment lines directly above a key; none for a key that shares its line with others."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    line = int(node.where.rpartition(":")[2])
    if not lines[line - 1].strip().removeprefix("- ").startswith(f"{key}:"):
        return ""
    comment = []
    for text in reversed(lines[: line - 1]):
        if not text.strip().removeprefix("- ").startswith("#"):
            break
        comment.append(text.strip().removeprefix("- ").removeprefix("# "))
    return " ".join(reversed(comment))


@pytest.fixture
def usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example beside the files that it names."""
    monkeypatch.setenv("TRIAGE_EXAMPLE_DATABASE_PASSWORD", "secret")
    (tmp_path / "secrets").mkdir()
    names = (
        "support",
        "smtp",
        "mail-ca.pem",
        "microsoft-client",
        "google-client.json",
        "google-service.json",
    )
    for name in (*(f"secrets/{name}" for name in names), "secrets/token-key"):
        (tmp_path / name).write_text(new_key())
        (tmp_path / name).chmod(0o600)
    (tmp_path / "company-holidays.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    path = tmp_path / "config.yaml"
    path.write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_example_is_accepted(usable: Path) -> None:
    assert load(usable).accounts[0].key == "acme"


def test_every_key_of_the_model_is_in_the_example() -> None:
    written = {(section, key) for section, key, _ in _written(read(EXAMPLE), Config)}

    missing = [
        f"{section.__name__}.{key}"
        for section in _all_sections(Config)
        for key in section.model_fields
        if (section, key) not in written and section.__name__ != "ScheduleRules"
    ]

    assert missing == []


def test_defaults_named_in_comments_are_those_of_the_code() -> None:
    wrong = []
    checked = 0
    for section, key, node in _written(read(EXAMPLE), Config):
        default = section.model_fields[key].get_default(call_default_factory=False)
        if default is PydanticUndefined or default is None or isinstance(default, BaseModel):
            continue
        named = re.search(r"Default: (\[[^]]*\]|\{\}|[\w.:/]+)", _comment(key, node))
        if not named:
            continue
        checked += 1
        if named[1].rstrip(".") != _as_yaml(default):
            wrong.append(f"{section.__name__}.{key}: {named[1]!r}, the code has {_as_yaml(default)!r}")

    assert wrong == []
    assert checked > 30


def test_every_key_that_may_be_absent_names_its_default() -> None:
    named: set[tuple[type[BaseModel], str]] = set()
    for section, key, node in _written(read(EXAMPLE), Config):
        if "Default:" in _comment(key, node):
            named.add((section, key))

    unnamed = [
        f"{section.__name__}.{key}"
        for section, key, _ in _written(read(EXAMPLE), Config)
        if not section.model_fields[key].is_required()
        and (section, key) not in named
        and section.__name__ not in {"Secret", "ScheduleVersion"}
        and not _sections(section.model_fields[key].annotation)
    ]

    assert unnamed == []


def _as_yaml(default: object) -> str:
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        return f"[{', '.join(str(item) for item in default)}]"
    return str(default)
