"""Customer data reaches the API through one module: whoever adds a second door has to change this test."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]


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


def test_the_api_reads_through_services_only() -> None:
    files = list((ROOT / "api").rglob("*.py"))
    assert len(files) > 10

    for path in files:
        assert stores(imports_of(path)) <= {"triage.store.database"}, path
        services = {name for name in imports_of(path) if name.startswith("triage.services.")}
        modules = {".".join(name.split(".")[:3]) for name in services}
        assert modules <= {"triage.services.queue", "triage.services.access"}, path


def test_what_serves_the_api_reads_customer_data_through_the_scoped_reader() -> None:
    assert stores(imports_of(ROOT / "triage" / "services" / "queue.py")) == {
        "triage.store.coverage",
        "triage.store.database",
        "triage.store.scoped",
    }
    assert stores(imports_of(ROOT / "triage" / "services" / "access.py")) == {
        "triage.store.database",
        "triage.store.tokens",
    }
