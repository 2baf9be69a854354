"""Domains of providers that everybody uses: never evidence of an organisation.

The list is ours and stands in ``public_domains.txt`` beside this file: freemail world-wide, access
providers, throw-away addresses, and services that send in the name of many. What it lacks can be
added in the configuration.
"""

from functools import cache
from importlib.resources import files


@cache
def public_domains() -> frozenset[str]:
    """Return the domains of the list, in lower case."""
    lines = (files("triage") / "public_domains.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))
