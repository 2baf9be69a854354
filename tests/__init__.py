"""Tests mirror the code, plus acceptance, isolation, faults, fuzz and fakes."""
