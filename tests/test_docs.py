"""The documentation knows every command."""

import re
from pathlib import Path

import pytest
import typer

from triage.cli import build_app

ROOT = Path(__file__).parent.parent
TEXT = "\n".join(path.read_text() for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))))


def _commands() -> list[str]:
    """Return all commands with their sub-commands, as they are typed."""
    group = typer.main.get_command(build_app())
    found = []
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", {})
        found += [f"{name} {sub}" for sub in below] or [name]
    return sorted(found)


@pytest.mark.parametrize("command", _commands())
def test_command_is_explained_in_the_documentation(command: str) -> None:
    words = r"[ |`\w-]*?".join(re.escape(word) for word in command.split())

    assert re.search(rf"triage {words}\b", TEXT), f"no page mentions `triage {command}`"


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())

    assert [link for link in links if not (page.parent / link).exists()] == []
