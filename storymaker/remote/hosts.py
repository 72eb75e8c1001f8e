"""Which hosts are this machine, or at home."""

from __future__ import annotations

import ipaddress
from typing import Final

LOOPBACK_ONLY: Final = "STORYMAKER_LOOPBACK_ONLY"
"""Set in our tests: whoever would be spoken to by accident is not."""


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_private(host: str) -> bool:
    """Whether a host is this machine, or an address in the network at home."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return is_loopback(host)
