"""Whether a host name can only mean this machine."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether a connection to the host never leaves this machine, without asking a resolver.

    Source: RFC 6761 section 6.3 for ``localhost`` and the names below it.
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
