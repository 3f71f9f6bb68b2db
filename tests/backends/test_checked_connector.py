"""Connections go where they were meant to go, and nowhere else."""

import asyncio
from collections.abc import Iterator

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver

from llmops.backends.checked_connector import CheckedConnector, KnownAddresses, PrivatePeer, PublicAddresses
from tests.support.answering_service import AnsweringService, answering_service


@pytest.fixture
def service() -> Iterator[AnsweringService]:
    with answering_service() as running:
        yield running


def get(url: str, resolver: AbstractResolver, *, allow_private: bool) -> int:
    async def once() -> int:
        connector = CheckedConnector(resolver, allow_private=allow_private, keep=True)
        async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as response:
            await response.read()
            return response.status

    return asyncio.run(once())


def test_known_addresses_are_used_whatever_the_name(service: AnsweringService) -> None:
    url = service.url.replace("127.0.0.1", "service.invalid")
    assert get(url, KnownAddresses(["127.0.0.1"]), allow_private=True) == 200
    assert service.asked[0].headers["Host"].startswith("service.invalid")


def test_a_name_of_a_private_address_is_not_connected_to(service: AnsweringService) -> None:
    with pytest.raises(PrivatePeer, match=r"^$"):
        get(service.url.replace("127.0.0.1", "localhost"), PublicAddresses(), allow_private=False)
    assert not service.asked


def test_the_other_end_is_looked_at_before_anything_is_sent(service: AnsweringService) -> None:
    """As after a look-up that was answered with a public address the first time and a private one the second."""
    url = service.url.replace("127.0.0.1", "service.invalid")
    with pytest.raises(PrivatePeer, match=r"^$"):
        get(url, KnownAddresses(["127.0.0.1"]), allow_private=False)
    assert not service.asked
