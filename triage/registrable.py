"""The part of a domain that somebody registered, from the list bundled with tldextract.

Nothing is downloaded and nothing is written. Private suffixes count: the customers of a hosting
provider that lists its domain are different parties.
"""

from functools import lru_cache

import tldextract

_extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


@lru_cache(maxsize=65_536)
def registrable(domain: str) -> str:
    """Return the registrable domain in lower case, or empty for a bare suffix or no domain.

    A name under an ending that is on no list keeps its last two labels: networks invent endings.

    Source: https://publicsuffix.org/list/ (bundled with tldextract).
    """
    name = domain.lower().strip(".")
    parts = _extract(name)
    if parts.suffix or parts.ipv4 or parts.ipv6:
        return parts.top_domain_under_public_suffix
    labels = name.split(".")
    return ".".join(labels[-2:]) if len(labels) > 1 and all(labels) and "[" not in name else ""
