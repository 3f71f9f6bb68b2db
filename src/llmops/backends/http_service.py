"""Ask an HTTP service that is evaluated: any method and body, JSON, text or server-sent events in answer.

Where its address stands in a suite it must be public; a private one is reached through a connection of the settings, which
says that it is meant. Redirects are not followed. The key of a connection is read from the environment when the first request
is made, and taken out of whatever the service sends back before that becomes part of a message.
"""

import asyncio
import ipaddress
import json
import socket
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from llmops.backends.addresses import is_public
from llmops.backends.checked_connector import CheckedConnector, PrivatePeer, PublicAddresses
from llmops.backends.endpoints import Endpoint
from llmops.backends.event_stream import read_events
from llmops.backends.failures import read_error
from llmops.backends.limits import shared_limit
from llmops.backends.proxies import close_forgotten, find_proxy
from llmops.backends.retries import TRANSIENT, Failure, Retries, persist, retry_after
from llmops.core.errors import ModelError, SettingsError
from llmops.core.hashing import Json
from llmops.core.settings import Settings, seconds
from llmops.domain.service import ServiceSpec

MAX_BODY: Final = 16 * 2**20
DEFAULT_TIMEOUT: Final = 60.0
_PRIVATE: Final = "leads to a private, loopback or link-local address"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request: what is sent besides what the service's spec says. `is_piece` tells whether an event of a streamed answer
    holds a piece of the text, which is when the first token has come."""

    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = None
    is_piece: Callable[[Json], bool] = bool


@dataclass(frozen=True, slots=True)
class Incoming:
    """An answer: decoded JSON, text, or the decoded events of a stream. `latency` and `first_token` in seconds."""

    data: Json
    events: tuple[Json, ...] | None
    latency: float
    first_token: float | None = None


class HttpService:
    """Asks one service, within the rate limit of its connection, with retries."""

    def __init__(self, spec: ServiceSpec, endpoint: Endpoint, *, allow_private: bool, retries: Retries) -> None:
        self._spec = spec
        self._endpoint = endpoint
        self._url = URL(endpoint.api_base)
        self._allow_private = allow_private
        self._retries = retries
        self._limit = shared_limit(endpoint.provider, endpoint.address, endpoint.rpm, endpoint.tpm)
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finalizer: weakref.finalize[[aiohttp.ClientSession, asyncio.AbstractEventLoop], HttpService] | None = None

    async def ask(self, request: Outgoing) -> Incoming:
        """Send a request and read the answer.

        Raises:
            ModelError: no answer with a status of 2xx, after the retries that make sense.
        """
        if self._limit is not None:
            await self._limit.acquire(len(json.dumps(request.body)) // 4)
        return await persist(lambda: self._attempt(request), self._retries)

    async def _attempt(self, request: Outgoing) -> Incoming | Failure:
        endpoint = self._endpoint
        session = self._open_session()
        started = time.perf_counter()
        try:
            async with session.request(
                self._spec.method,
                self._url.update_query(request.query) if request.query else self._url,
                json=request.body if self._spec.method != "GET" else None,
                allow_redirects=False,
                proxy=find_proxy(self._url) if self._allow_private else None,
            ) as response:
                if not 200 <= response.status < 300:
                    return self._refused(response.status, response.headers, await _read(response, 65536))
                if response.content_type == "text/event-stream":
                    return await self._stream(response, request, started)
                raw = await _read(response, MAX_BODY)
        except PrivatePeer:
            return Failure(_private(endpoint.address), again=False)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return self._no_answer(error)
        if len(raw) > MAX_BODY:
            return Failure(_too_big(endpoint.address), again=False)
        return Incoming(_decoded(raw), None, time.perf_counter() - started)

    async def _stream(self, response: aiohttp.ClientResponse, request: Outgoing, started: float) -> Incoming | Failure:
        events: list[Json] = []
        first, size = None, 0
        async for text in read_events(response.content):
            size += len(text)
            if size > MAX_BODY:
                return Failure(_too_big(self._endpoint.address), again=False)
            event = _decoded(text.encode())
            if first is None and request.is_piece(event):
                first = time.perf_counter() - started
            events.append(event)
        return Incoming(None, tuple(events), time.perf_counter() - started, first)

    def _refused(self, status: int, headers: Mapping[str, str], raw: bytes) -> Failure:
        where = self._endpoint.address
        said = self._endpoint.hide(read_error(raw)[0])
        text = f"{where} answered with HTTP {status}" + (f": {said}" if said else "")
        hint = "Look at the service's log."
        if 300 <= status < 400:
            text, hint = f"{where} redirects (HTTP {status}), which is not followed", "Write the final address."
        elif status in (401, 403):
            hint = "Name a connection of llmops.toml whose key_env holds a valid key."
        elif status == 429:
            hint = "Evaluate with a lower --concurrency, or set rpm in the connection."
        elif status < 500:
            hint = "Check path, method and body of the target."
        error = ModelError(text, hint=hint, status=status, retry_after=retry_after(headers))
        return Failure(error, again=status in TRANSIENT)

    def _no_answer(self, error: Exception) -> Failure:
        endpoint = self._endpoint
        why = endpoint.hide(str(error) or type(error).__name__)
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            text = f"{endpoint.address} was not reached: {why}"
            return Failure(ModelError(text, hint="Is the service running, and the address right?"), again=False)
        if isinstance(error, TimeoutError):
            text = f"{endpoint.address} did not answer within {endpoint.timeout:g} s"
            return Failure(ModelError(text, hint='Raise its timeout, for example timeout: "300s".'), again=True)
        text = f"{endpoint.address} broke the connection: {why}"
        return Failure(ModelError(text, hint="Try again; look at the service's log if it goes on."), again=True)

    def _open_session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is loop and not self._session.closed:
            return self._session
        if self._finalizer is not None:
            self._finalizer()  # the session of another loop
        headers = {"User-Agent": "llmops", **self._endpoint.headers, **self._spec.headers}
        key = self._endpoint.key()
        if key is not None and not any(name.lower() == "authorization" for name in headers):
            headers["Authorization"] = f"Bearer {key}"
        resolver = aiohttp.ThreadedResolver() if self._allow_private else PublicAddresses()
        timeout = self._endpoint.timeout
        session = aiohttp.ClientSession(
            connector=CheckedConnector(resolver, allow_private=self._allow_private, keep=True),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=min(10.0, timeout)),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._session, self._loop = session, loop
        self._finalizer = weakref.finalize(self, close_forgotten, session, loop)
        return session


def open_service(spec: ServiceSpec, settings: Settings) -> HttpService:
    """Open a service.

    Raises:
        SettingsError: the connection is not there, or has no address.
        ModelError: the address is private and stands in the suite.
    """
    connection = settings.connections.get(spec.connection) if spec.connection else None
    if spec.connection and connection is None:
        raise SettingsError(
            f"there is no connection {spec.connection!r}",
            hint=f'Write [connections.{spec.connection}] with url = "https://…" in llmops.toml.',
        )
    base = spec.url
    if connection is not None:
        base = (connection.url or connection.api_base).rstrip("/") + spec.path
        if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname:
            raise SettingsError(
                f"connections.{spec.connection}.url is no http or https address",
                hint='url = "https://chat.example.com"',
            )
    elif _is_private(urlsplit(base).hostname or ""):
        raise _private(spec.name)
    written = spec.timeout or (connection.timeout if connection else None)
    endpoint = Endpoint(
        model=spec.name,
        provider=spec.connection or "url",
        name=spec.name,
        api_base=base,
        key_env=(connection.key_env,) if connection and connection.key_env else (),
        headers=connection.headers if connection else {},
        timeout=seconds(written) if written else DEFAULT_TIMEOUT,
        rpm=connection.rpm if connection else None,
        tpm=connection.tpm if connection else None,
        priced=False,
    )
    retries = Retries(attempts=spec.retries + 1)
    return HttpService(spec, endpoint, allow_private=connection is not None, retries=retries)


def _is_private(host: str) -> bool:
    """Whether a host is written as an address that is not public, in whatever way (`127.1`, `0x7f000001`); names are looked up
    when they are connected to."""
    try:
        return not is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        pass
    try:
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except OSError:
        return False


def _private(where: str) -> ModelError:
    return ModelError(
        f"{where} {_PRIVATE}",
        hint="If that is meant, write it as url below a [connections.NAME] of llmops.toml, and connection: NAME in the suite.",
    )


def _too_big(where: str) -> ModelError:
    return ModelError(f"{where} answered with more than {MAX_BODY >> 20} MiB", hint="Ask for less.")


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body, or a little more than `most` bytes of it."""
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > most:
            break
    return b"".join(chunks)


def _decoded(raw: bytes) -> Json:
    """JSON as values, anything else as text."""
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return raw.decode("utf-8", "replace")
