"""Gather, decide, apply: one transaction each, and the only place that commits."""
