"""Customer data reaches the API through one module: whoever adds a second door has to change this test."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: The services behind the API, and what of the store each may use.
DOORS = {
    "access": {"database", "tokens"},
    "decide": {
        "database",
        "decisions",
        "labels",
        "projections",
        "scoped",
        "thread_decisions",
        "threading",
        "threads",
        "wanted_training",
    },
    "learning": {"board", "database", "proposals", "scoped", "threading"},
    # Of mailboxes, not of mail: how far reading is. Only whoever sees all accounts is told.
    "progress": {"database", "mailboxes", "settings"},
    # canaries: of mailboxes, not of mail: when test mails of ours came. Only whoever sees all is told.
    "queue": {"audit_runs", "canaries", "coverage", "database", "scoped", "unchanged"},
    "reviews": {"database", "review_list", "scoped", "thread_decisions"},
    "search": {"database", "search", "search_limit"},
    "sla": {"database", "scoped"},
    "thread_decisions": {"database", "scoped", "thread_decisions", "thread_history"},
}
#: How the vendor works, from the configuration, and a word of the vocabulary: no customer's mail.
HARMLESS = {"correct", "practice"}


def imports_of(path: Path) -> set[str]:
    """Return the modules that a file imports, with the names taken from packages as modules."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def stores(names: set[str]) -> set[str]:
    """Return the modules of the store among the imports."""
    return {name for name in names if name.startswith("triage.store.") and name.count(".") == 2}


def services(names: set[str]) -> set[str]:
    """Return the names of the services among the imports."""
    return {name.split(".")[2] for name in names if name.startswith("triage.services.")}


def test_the_api_reads_through_known_services_only() -> None:
    files = list((ROOT / "api").rglob("*.py"))
    assert len(files) > 10

    for path in files:
        assert stores(imports_of(path)) <= {"triage.store.database"}, path
        assert services(imports_of(path)) <= DOORS.keys() | HARMLESS, path


@pytest.mark.parametrize("name", DOORS)
def test_what_serves_the_api_reads_customer_data_through_the_scoped_reader(name: str) -> None:
    used = {one.rpartition(".")[2] for one in stores(imports_of(ROOT / "triage" / "services" / f"{name}.py"))}

    assert used == DOORS[name]


def test_the_api_takes_nothing_but_a_word_from_the_service_that_corrects_without_a_scope() -> None:
    taken = {
        one.rpartition(".")[2]
        for path in (ROOT / "api").rglob("*.py")
        for one in imports_of(path)
        if one.startswith("triage.services.correct.")
    }

    assert taken == {"NOBODY"}
