"""Gets pages of the web for an index: politely, never too much, and never from a network that nobody meant.

An address that no settings name must be public: every address of its host is checked, and the connected one again. Redirects are
followed one by one, each under the same rules; the credentials of a connection go to its own origin and nowhere else.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import aiohttp
from yarl import URL

from llmops.backends.checked_connector import CheckedConnector, PrivatePeer, PublicAddresses
from llmops.core.bridge import run_sync
from llmops.core.errors import InputError, OutsideError

MAX_BYTES: Final = 32 << 20
"""Of one page."""
REDIRECTS: Final = 5
AT_ONCE: Final = 4
"""Requests under way at a time."""
AGENT: Final = "llmops (index; +https://pypi.org/project/llmops)"

_GONE: Final = (404, 410)
_HINT: Final = "Nothing was deleted. Check it in a browser, and sync again."


class Page(NamedTuple):
    """What a server says of an address: its status and headers in lower case, and the body where it was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    url: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether there is no such page (any more)."""
        return self.status in _GONE


@dataclass(slots=True)
class WebPages:
    """Asks servers, a few addresses at a time.

    Args:
        origin: the origin of a connection, such as `https://wiki.example.com`; it may be a private one, and gets `headers`.
        headers: what the connection sends.
        timeout: seconds for one page.
    """

    origin: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = 60.0

    def get(self, address: str, *, limit: int = MAX_BYTES) -> Page:
        """A page with its body.

        Raises:
            OutsideError: the server cannot be reached, fails, or sends more than `limit` bytes.
            InputError: the address leads into a private network.
        """
        return run_sync(self._all([address], "GET", limit))[0]

    def heads(self, addresses: Sequence[str]) -> list[Page]:
        """What servers say of some addresses, without bodies. Raises as `get` does."""
        return run_sync(self._all(addresses, "HEAD", 0))

    async def _all(self, addresses: Sequence[str], method: str, limit: int) -> list[Page]:
        turns = asyncio.Semaphore(AT_ONCE)
        public = CheckedConnector(PublicAddresses(), allow_private=False, keep=True)
        own = aiohttp.TCPConnector(limit=AT_ONCE)
        options = {
            "timeout": aiohttp.ClientTimeout(total=self.timeout),
            "cookie_jar": aiohttp.DummyCookieJar(),
            "headers": {"User-Agent": AGENT, "Accept-Encoding": "gzip, deflate"},
        }
        async with (
            aiohttp.ClientSession(connector=public, **options) as outside,  # type: ignore[arg-type]
            aiohttp.ClientSession(connector=own, **options) as inside,  # type: ignore[arg-type]
        ):

            async def one(address: str) -> Page:
                async with turns:
                    return await self._ask(outside, inside, address, method, limit)

            return list(await asyncio.gather(*map(one, addresses)))

    async def _ask(
        self, outside: aiohttp.ClientSession, inside: aiohttp.ClientSession, address: str, method: str, limit: int
    ) -> Page:
        url = URL(address)
        for _ in range(REDIRECTS + 1):
            if url.scheme not in ("http", "https"):
                raise InputError(f"{address} leads to {url.scheme}://", hint="Only http and https are followed.")
            is_own = str(url.origin()) == self.origin
            page = await self._once(inside if is_own else outside, url, method, limit, own=is_own)
            target = page.headers.get("location")
            if page.status not in (301, 302, 303, 307, 308) or not target:
                break
            url = url.join(URL(target)).with_fragment(None)
        else:
            raise OutsideError(f"{address} redirects more than {REDIRECTS} times", hint=_HINT)
        if page.status >= 400 and not page.is_gone and not (method == "HEAD" and page.status in (405, 501)):
            raise OutsideError(f"{address} answered {page.status}", hint=_HINT)
        return page._replace(url=str(url))

    async def _once(self, session: aiohttp.ClientSession, url: URL, method: str, limit: int, *, own: bool) -> Page:
        try:
            async with session.request(
                method, url, headers=dict(self.headers) if own else None, allow_redirects=False
            ) as response:
                body = bytearray()
                if method == "GET" and response.status == 200:
                    async for part in response.content.iter_chunked(1 << 16):
                        body += part
                        if len(body) > limit:
                            raise OutsideError(f"{url} sends more than {limit >> 20} MB", hint="Exclude it.")
                told = {name.lower(): value for name, value in response.headers.items()}
                return Page(response.status, told, bytes(body))
        except PrivatePeer as error:
            raise InputError(
                f"{url} is in a private network",
                hint="If that is meant, name its server as a connection, and write a path from there.",
            ) from error
        except TimeoutError as error:
            raise OutsideError(f"{url} did not answer within {self.timeout:g} s", hint=_HINT) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise OutsideError(f"{url} cannot be reached: {type(error).__name__}: {error}", hint=_HINT) from error
