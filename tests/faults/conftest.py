"""Fixtures of the fault tests."""

from tests.acceptance.conftest import program

__all__ = ["program"]
