"""Decisions: pure functions over frozen dataclasses. No clock, no randomness, no I/O."""
