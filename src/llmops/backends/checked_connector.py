"""Connections that lead to nobody but those who were meant.

Where private addresses are not meant, every address of a host is checked before anything connects, and the address at the other
end of each connection again before a byte of a request is sent.
"""

import asyncio
import socket
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from llmops.backends.addresses import find_addresses, is_public

if TYPE_CHECKING:
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace


class PrivatePeer(aiohttp.ClientError):
    """The address of the other end is none that may be connected to."""


class KnownAddresses(AbstractResolver):
    """Answers with addresses that were looked up and checked before."""

    def __init__(self, addresses: list[str]) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The known addresses, whatever the family asked for."""
        return [_entry(host, port, address) for address in self._addresses]

    async def close(self) -> None:
        """Nothing is held."""


class PublicAddresses(AbstractResolver):
    """Looks hosts up, and answers only where all of their addresses are public."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses; PrivatePeer where one of them is not public, OSError where there are none."""
        addresses = await asyncio.to_thread(find_addresses, host, port)
        if not all(map(is_public, addresses)):
            raise PrivatePeer
        return [_entry(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Nothing is held."""


class CheckedConnector(aiohttp.TCPConnector):
    """Connects, and looks at whom it is connected to before it lends the connection."""

    def __init__(self, resolver: AbstractResolver, *, allow_private: bool, keep: bool) -> None:
        super().__init__(resolver=resolver, use_dns_cache=False, force_close=not keep, limit=0)
        self._allow_private = allow_private

    async def connect(
        self, req: aiohttp.ClientRequest, traces: "list[Trace]", timeout: aiohttp.ClientTimeout
    ) -> "Connection":
        """Raises PrivatePeer where the other end is a private address."""
        connection = await super().connect(req, traces, timeout)
        peer = connection.transport.get_extra_info("peername") if connection.transport else None
        if not self._allow_private and not (peer and is_public(peer[0])):
            connection.close()
            raise PrivatePeer
        return connection


def _entry(host: str, port: int, address: str) -> ResolveResult:
    return {
        "hostname": host,
        "host": address,
        "port": port,
        "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
        "proto": 0,
        "flags": socket.AI_NUMERICHOST,
    }
