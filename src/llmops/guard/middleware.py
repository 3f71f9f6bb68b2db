"""Guards the requests and answers of a web service, whole and streamed: pure ASGI, for Starlette, FastAPI and any other.

    api.add_middleware(GuardMiddleware, policy=ws.guard("chat@production"), paths=["/chat"], input="$.message", output="$.reply")

A request that a policy blocks never reaches the service; it gets status 400 and the body of `guard.refusal`. An answer that is
blocked gets the same, or, once it streams, a last event with the error. What cannot be read is not let through: a body that
is no JSON (422), one that is too large (413), an answer of another kind than JSON, text or events (502).
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from contextlib import nullcontext
from typing import Final, TypeAlias

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.guard.answers import GuardedAnswer
from llmops.guard.aside import INLINE, letting_in
from llmops.guard.bodies.places import Shape, get, shape_of
from llmops.guard.exchange import Blocked, Exchange
from llmops.guard.holding import Holder, acurrent
from llmops.guard.noting import log_of, written_down
from llmops.guard.once import looking
from llmops.guard.policy import Policy
from llmops.guard.refusal import refusal, unreadable

Scope: TypeAlias = MutableMapping[str, Json]
Message: TypeAlias = MutableMapping[str, Json]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY: Final = 2_000_000
_MAYBE_HALF: Final = re.compile(rb"\\u[dD][89a-fA-F]")
SCOPE_KEY: Final = "llmops.guard"
"""Where a service finds the Exchange of its request, in the ASGI scope."""


class GuardMiddleware:
    """ASGI middleware that guards some paths of a service.

    Args:
        app: the service.
        policy: a Policy, or what holds one: then a move of its alias, or of the app's, reaches the next request.
        paths: which paths are guarded, each with all below it.
        input: where the texts of a request's JSON body are, such as `$.message`; OpenAI's shape by default.
        output: where those of an answer are, also in the data of streamed events.
        contexts: where an answer's body has the texts that it rests on, for checks such as `grounding`.
        context: called with the scope; what it returns (user, session, metadata) goes to checks and to `record`.
        record: called once for each guarded request, at its end, with the Exchange.
        max_body: the largest body that is read, in bytes.

    Raises:
        InputError: a path into bodies cannot be read.
    """

    def __init__(
        self,
        app: App,
        *,
        policy: Policy | Holder,
        paths: Sequence[str] = ("/",),
        input: str | None = None,  # noqa: A002  # the contract's word
        output: str | None = None,
        contexts: str | None = None,
        context: Callable[[Scope], Mapping[str, Json]] | None = None,
        record: Callable[[Exchange], None] | None = None,
        max_body: int = MAX_BODY,
    ) -> None:
        self._app = app
        self._holder = policy
        self._paths = tuple(path.rstrip("/") for path in paths)
        self._shape = shape_of(input, output)
        self._contexts = shape_of(None, contexts) if contexts is not None else None
        self._context = context
        self._record = record
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Guard a request if it is for one of the paths."""
        if scope["type"] != "http" or not self._is_guarded(scope["path"]):
            await self._app(scope, receive, send)
            return
        holder = self._holder
        policy = await acurrent(holder)
        metadata = self._context(scope) if self._context is not None else {}
        exchange = Exchange(policy, self._shape, metadata, _reader(self._contexts))
        try:
            with written_down(log_of(holder), exchange.happening()):
                await self._guarded(scope, receive, send, exchange)
        finally:
            if self._record is not None:
                self._record(exchange)

    def _is_guarded(self, path: str) -> bool:
        return any(not known or path == known or path.startswith(known + "/") for known in self._paths)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, exchange: Exchange) -> None:
        try:
            body = await self._read(receive)
            if body is None:
                await respond(send, 413, unreadable(f"the body is larger than {self._max_body:,} bytes", "Send less."))
                return
            if body:
                body = await _checked(body, exchange)
        except Blocked as blocked:
            await respond(send, 400, refusal(blocked.verdict))
            return
        except InputError as error:
            await respond(send, 422, unreadable(error.message, error.hint))
            return
        answer = GuardedAnswer(exchange, receive, send, body, self._max_body)
        inner = {**scope, SCOPE_KEY: exchange, "headers": _with_length(scope["headers"], len(body))}
        # What a service makes of a long text takes as long as checking it.
        with looking(exchange.policy.digest), letting_in() if len(body) > INLINE else nullcontext():
            await answer.run(self._app, inner)

    async def _read(self, receive: Receive) -> bytes | None:
        """The whole body; None where it is too large."""
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)  # the client has gone; the service will learn it too
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_body:
                return None
            if not message.get("more_body", False):
                return b"".join(parts)


async def respond(send: Send, status: int, body: Json) -> None:
    """Answer in place of the service."""
    data = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _checked(body: bytes, exchange: Exchange) -> bytes:
    """The body as it may go on; Blocked, or InputError where it cannot be read."""
    try:
        read = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise InputError(
            "the body of the request is no JSON",
            hint="Send application/json in UTF-8; this path is guarded and reads nothing else.",
        ) from error
    if _MAYBE_HALF.search(body):
        try:
            json.dumps(read, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise InputError(
                "the body of the request has half of a surrogate pair, which is no character",
                hint="Send both halves, or the character itself.",
            ) from error
    return json.dumps(read).encode() if await exchange.ask(read) else body


def _with_length(headers: Json, size: int) -> list[tuple[bytes, bytes]]:
    kept = [(name, value) for name, value in headers if name.lower() not in (b"content-length", b"transfer-encoding")]
    return [*kept, (b"content-length", str(size).encode())]


def _reader(shape: Shape | None) -> Callable[[Json], Sequence[str]]:
    if shape is None:
        return lambda body: ()
    return lambda body: () if body is None else [get(body, place) for place in shape.answered(body)]
