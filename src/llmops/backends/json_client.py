"""Post JSON to a model server and turn everything that can go wrong into a ModelError that says what to do.

aiohttp, not an SDK: a call costs about 0.15 ms of CPU instead of several. One session a model, made on the loop that
first uses it; redirects are not followed (a key must not travel on); the environment's proxy is looked up once.
"""

import asyncio
import json
import time
import urllib.request
import weakref
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from llmops.backends.endpoints import Endpoint
from llmops.backends.limits import shared_limit
from llmops.backends.retries import TRANSIENT, Failure, Retries, persist, retry_after
from llmops.core.errors import ModelError
from llmops.core.hashing import Json

MAX_BODY: Final = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """A decoded body, and the seconds from sending the request (the one that succeeded) to its last byte."""

    data: Json
    latency: float


class JsonClient:
    """Posts to one path of one endpoint, within its rate limit, with retries."""

    def __init__(self, endpoint: Endpoint, path: str, retries: Retries | None = None) -> None:
        self.endpoint = endpoint
        self._url = URL(endpoint.api_base + path)
        self._retries = retries or Retries()
        self._limit = shared_limit(endpoint.provider, endpoint.address, endpoint.rpm, endpoint.tpm)
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._proxy: str | None = None
        self._finalizer: weakref.finalize[[aiohttp.ClientSession, asyncio.AbstractEventLoop], JsonClient] | None = None

    async def post(self, body: bytes) -> Answer:
        """Send a body and decode the reply.

        Raises:
            ModelError: no reply with status 200 and a JSON body, after the retries that make sense.
        """
        if self._limit is None:
            return await persist(lambda: self._attempt(body), self._retries)
        estimate = len(body) // 4
        await self._limit.acquire(estimate)
        answer = await persist(lambda: self._attempt(body), self._retries)
        self._limit.correct(estimate, _tokens_used(answer.data, estimate))
        return answer

    async def close(self) -> None:
        """Close the connections; the client may be used again."""
        session, self._session = self._session, None
        if self._finalizer is not None:
            self._finalizer.detach()
            self._finalizer = None
        if session is not None:
            await session.close()

    async def _attempt(self, body: bytes) -> Answer | Failure:
        session = self._open_session()
        started = time.perf_counter()
        try:
            async with session.post(self._url, data=body, allow_redirects=False, proxy=self._proxy) as response:
                raw = await _read(response)
                status, headers = response.status, response.headers
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            return self._no_reply(error)
        if status != 200:
            return self._refusal(status, raw, retry_after(headers))
        latency = time.perf_counter() - started
        try:
            return Answer(json.loads(raw), latency)
        except (ValueError, RecursionError):
            return Failure(self._rubbish(raw), again=False)

    def _open_session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is not None and self._loop is loop and not self._session.closed:
            return self._session
        headers = {"Content-Type": "application/json", "User-Agent": "llmops", **self.endpoint.headers}
        key = self.endpoint.key()
        if key is not None and not any(name.lower() == "authorization" for name in headers):
            headers["Authorization"] = f"Bearer {key}"
        session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=self.endpoint.timeout, sock_connect=min(10.0, self.endpoint.timeout)),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._session, self._loop = session, loop
        self._proxy = _proxy(self._url)
        self._finalizer = weakref.finalize(self, _close_forgotten, session, loop)
        return session

    def _no_reply(self, error: Exception) -> Failure:
        where, seconds = self.endpoint.address, self.endpoint.timeout
        if isinstance(error, aiohttp.ClientSSLError):
            text = f"{where} was not reached: its TLS certificate or protocol was refused ({self._why(error)})"
            return Failure(
                ModelError(text, hint="Check the address; SSL_CERT_FILE may name your own authority."), False
            )
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            text = f"{where} was not reached: {self._why(error)}"
            return Failure(ModelError(text, hint=f"Is the server of {self.endpoint.model} running?"), again=False)
        if isinstance(error, TimeoutError):
            text = f"{self.endpoint.model} did not answer within {seconds:g} s"
            hint = f'Raise timeout below [connections.{self.endpoint.provider}], for example timeout = "300s".'
            return Failure(ModelError(text, hint=hint), again=True)
        if isinstance(error, _TooBig):
            return Failure(
                ModelError(f"{where} sent a reply of more than {MAX_BODY >> 20} MiB", hint="Ask for less."), False
            )
        text = f"{where} broke the connection while answering {self.endpoint.model}: {self._why(error)}"
        return Failure(ModelError(text, hint="Try again; look at the server's log if it goes on."), again=True)

    def _refusal(self, status: int, raw: bytes, wait: float | None) -> Failure:
        said, code = _error_text(raw)
        said = self.endpoint.hide(said)
        endpoint = self.endpoint
        key = endpoint.key_env[0] if endpoint.key_env else f"key_env below [connections.{endpoint.provider}]"
        quota = code == "insufficient_quota"
        if status in (401, 403):
            what, hint = "refused the key", f"Check {key}: it must hold a valid key with access to {endpoint.name}."
        elif status == 404:
            what, hint = f"does not know the model {endpoint.name!r}", "Check the model's name and the address."
        elif quota:
            what, hint = "says that the account's quota is spent", "Check plan and billing with the provider."
        elif status == 429:
            what, hint = "limits the rate", f"Lower --concurrency, or set rpm below [connections.{endpoint.provider}]."
        elif status >= 500:
            what, hint = "failed", "Try again later; look at the server's log or status page."
        elif 300 <= status < 400:
            what, hint = "redirects, which llmops does not follow", "Write the final address as api_base."
        else:
            what, hint = "refused the request", "Check parameters, tools and output schema of the prompt and app."
        text = f"{endpoint.address} {what} (HTTP {status}, model {endpoint.model})" + (f": {said}" if said else "")
        again = status in TRANSIENT and not quota
        return Failure(ModelError(text, hint=hint, status=status, retry_after=wait), again)

    def _rubbish(self, raw: bytes) -> ModelError:
        start = self.endpoint.hide(raw[:200].decode("utf-8", "replace"))[:80]
        return ModelError(
            f"{self.endpoint.address} answered {self.endpoint.model} with something that is no JSON: {start!r}",
            hint="Is the address that of an OpenAI-compatible API? It usually ends in /v1.",
        )

    def _why(self, error: Exception) -> str:
        return self.endpoint.hide(str(error)) or type(error).__name__


class _TooBig(aiohttp.ClientError):
    pass


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if (response.content_length or 0) > MAX_BODY:
        raise _TooBig
    if response.content_length is not None:
        return await response.read()
    chunks, size = [], 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise _TooBig
    return b"".join(chunks)


def _error_text(raw: bytes) -> tuple[str, str]:
    """What a server says about a failure, and its code: the OpenAI shape, `detail`, `message`, or the body itself."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        return raw[:600].decode("utf-8", "replace"), ""
    error = data.get("error", data) if isinstance(data, dict) else data
    if isinstance(error, dict):
        return str(error.get("message") or error.get("detail") or ""), str(error.get("code") or "")
    return str(error), ""


def _tokens_used(data: Json, estimate: int) -> int:
    usage = data.get("usage") if isinstance(data, dict) else None
    total = usage.get("total_tokens") if isinstance(usage, dict) else None
    return total if isinstance(total, int) else estimate


def _proxy(url: URL) -> str | None:
    if urllib.request.proxy_bypass(url.host or ""):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(url.scheme) or proxies.get("all")


def _close_forgotten(session: aiohttp.ClientSession, loop: asyncio.AbstractEventLoop) -> None:
    """Close a session whose client is gone, or at exit, so that nobody is told of an unclosed one."""
    if session.closed:
        return
    closing = session.close()
    if loop.is_running():
        asyncio.run_coroutine_threadsafe(closing, loop)
        return
    try:
        closing.send(None)  # without requests under way nothing in it waits, so it needs no loop
    except (StopIteration, RuntimeError):
        closing.close()
