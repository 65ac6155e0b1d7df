"""Whose connections are taken: nothing in the telephone protocols proves who calls."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Any


class Peers:
    """Addresses and networks, those of the telephone exchange."""

    def __init__(self, networks: tuple[str, ...]) -> None:
        """Raises ValueError for one that is no address or network."""
        self._networks = [ip_network(one, strict=False) for one in networks]

    def has(self, peer: Any) -> bool:
        """Whether a socket's peer name is one of them."""
        if not isinstance(peer, tuple) or not peer:
            return False
        address = ip_address(str(peer[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)
