"""Benchmarks: corpora, calculators, peers and scale runs."""
