"""Alembic migrations, run by triage.store.database; see docs/architecture.md for how to add one."""
