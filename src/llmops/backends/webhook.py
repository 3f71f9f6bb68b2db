"""Post events to a webhook, signed, and never to an address that the settings did not mean.

What is signed is `TIMESTAMP.BODY`, so that a receiver can refuse what is old. The host is looked up here and all of its
addresses are checked before anything connects; the connection goes to those very addresses, and once it stands the address
at its other end is checked again before a byte of the request is sent. Redirects are not followed, and no proxy is asked,
since behind it nobody could check where the request goes.
"""

import asyncio
import hashlib
import hmac
import os
import socket
import threading
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import aiohttp
from yarl import URL

from llmops.backends.addresses import find_addresses, is_public
from llmops.backends.checked_connector import CheckedConnector, KnownAddresses, PrivatePeer
from llmops.backends.retries import retry_after
from llmops.core.bridge import start
from llmops.core.hook_settings import check_address, show_address
from llmops.domain.hook import Attempt, Delivery

TIMESTAMP: Final = "X-Llmops-Timestamp"
SIGNATURE: Final = "X-Llmops-Signature"
EVENT: Final = "X-Llmops-Event"
DELIVERY: Final = "X-Llmops-Delivery"

_PRIVATE: Final = "a private, loopback or link-local address; if that is meant, set allow_private = true"


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature of a body: `sha256=` and the HMAC-SHA256, in hex, of timestamp, a dot and the body."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


@dataclass(slots=True)
class Webhook:
    """A receiver over HTTP."""

    url: str = field(repr=False)
    secret: str = field(repr=False)
    timeout: float
    allow_private: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _under_way: Future[Attempt] | None = field(default=None, repr=False)
    _cancelled: bool = field(default=False, repr=False)

    def __post_init__(self) -> None:
        start(
            asyncio.sleep(0)
        )  # so that the loop is there should the first attempt be made while the interpreter exits

    def send(self, delivery: Delivery, now: datetime) -> Attempt:
        """Post a delivery; anything but a status of 2xx is an error."""
        try:
            check_address(self.url)
        except ValueError as error:
            return Attempt(str(error), reached=False)
        url = URL(self.url)
        place = show_address(self.url)
        try:
            addresses = find_addresses(url.host or "", url.port or 0)
        except (OSError, UnicodeError) as error:
            return Attempt(f"{place} is unknown: {_reason(error)}", reached=False)
        if not self.allow_private and not all(is_public(address) for address in addresses):
            return Attempt(f"{place} is {_PRIVATE}", again=False)
        with self._lock:
            if self._cancelled:
                return _broken_off(place)
            self._under_way = start(self._post(url, addresses, delivery, now))
        try:
            return self._under_way.result()
        except CancelledError:
            return _broken_off(place)

    def cancel(self) -> None:
        """Break off the attempt under way, and every later one."""
        with self._lock:
            self._cancelled = True
            if self._under_way is not None:
                self._under_way.cancel()

    async def _post(self, url: URL, addresses: list[str], delivery: Delivery, now: datetime) -> Attempt:
        place = show_address(self.url)
        connector = CheckedConnector(KnownAddresses(addresses), allow_private=self.allow_private, keep=False)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    timeout=aiohttp.ClientTimeout(total=self.timeout),
                    cookie_jar=aiohttp.DummyCookieJar(),
                ) as session,
                session.post(
                    url, data=delivery.body.encode(), headers=self._headers(delivery, now), allow_redirects=False
                ) as response,
            ):
                return _read(place, response.status, response.headers)
        except PrivatePeer:
            return Attempt(f"{place} led to {_PRIVATE}", again=False)
        except TimeoutError:
            return Attempt(f"{place} did not answer within {self.timeout:g} s", reached=False)
        except (aiohttp.ClientError, OSError) as error:
            return Attempt(f"{place} cannot be reached: {_reason(error)}", reached=False)

    def _headers(self, delivery: Delivery, now: datetime) -> dict[str, str]:
        timestamp = str(int(now.timestamp()))
        return {
            "Content-Type": "application/json",
            "User-Agent": "llmops",
            EVENT: delivery.event,
            DELIVERY: delivery.id,
            TIMESTAMP: timestamp,
            SIGNATURE: sign(self.secret, timestamp, delivery.body.encode()),
        }


def _read(place: str, status: int, headers: Mapping[str, str]) -> Attempt:
    if 200 <= status < 300:
        return Attempt()
    if 300 <= status < 400:
        return Attempt(f"{place} answered {status}: redirects are not followed; write the final address")
    return Attempt(f"{place} answered {status}", wait=retry_after(headers))


def _broken_off(place: str) -> Attempt:
    return Attempt(f"llmops ended before {place} had answered", reached=False)


def _reason(error: Exception) -> str:
    """What went wrong, in words that hold neither the path of the address nor anything a server sent."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorSSLError | aiohttp.ClientSSLError):
        return "no secure connection could be made"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, socket.gaierror):
        return "no such host"
    if isinstance(cause, OSError) and cause.errno:
        return os.strerror(cause.errno).lower()
    return "the connection broke" if isinstance(error, aiohttp.ClientError) else "no such host"
