"""An OpenAI-compatible server on 127.0.0.1 for tests, in a thread of its own, that behaves as a test programs it.

    with model_server() as server:
        server.script(Behaviour(status=429, headers={"Retry-After": "0"}), Behaviour(text="yes"))
        ...
        assert server.requests[0].body["model"] == "m"

Scripted behaviours answer one request each, in order; afterwards `server.behaviour` answers all. Without a program a chat
completion repeats the last user message, and an embedding depends on the letters of its text.
"""

import asyncio
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

from llmops.core.hashing import Json

DIMENSION = 8


@dataclass(frozen=True)
class Behaviour:
    """What the server does with one request. `delay` is seconds before the answer; `hang` never answers; `reset` drops the
    connection; `body` goes out as it is (bytes) or as JSON; `reply` computes the text from the request's body; otherwise a
    completion with `text`. `pause_after` is how many words of a stream come before it waits for the client to go away."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    hang: bool = False
    reset: bool = False
    body: Json = None
    text: str | None = None
    reply: Callable[[Json], str] | None = None
    finish_reason: str = "stop"
    content_type: str = "application/json"
    pause_after: int | None = None


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Json


class ModelServer:
    """Handle to the running server. `key`, if set, is the only bearer token that it accepts."""

    def __init__(self, url: str, stopping: asyncio.Event) -> None:
        self.url = url
        self.stopping = stopping
        self.reset()

    def reset(self) -> None:
        """Forget programs and requests."""
        self.key: str | None = None
        self.behaviour = Behaviour()
        self.requests: list[Received] = []
        self.most_at_once = 0
        self.under_way = 0
        self.broken_off = threading.Event()
        self._script: deque[Behaviour] = deque()

    @property
    def api_base(self) -> str:
        """What a connection's `api_base` is set to."""
        return f"{self.url}/v1"

    def script(self, *behaviours: Behaviour) -> None:
        """Answer the next requests so, one each."""
        self._script.extend(behaviours)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request as programmed."""
        body = json.loads(await request.read())
        self.requests.append(Received(request.path, dict(request.headers), body))
        behaviour = self._script.popleft() if self._script else self.behaviour
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            return await self._behave(request, body, behaviour)
        except asyncio.CancelledError:  # the client has gone
            self.broken_off.set()
            raise
        finally:
            self.under_way -= 1

    async def _behave(self, request: web.Request, body: Json, behaviour: Behaviour) -> web.StreamResponse:
        if behaviour.hang:
            await self.stopping.wait()
        if behaviour.delay:
            await asyncio.sleep(behaviour.delay)
        if behaviour.reset and request.transport is not None:
            request.transport.abort()
            return web.Response()
        if self.key is not None and request.headers.get("Authorization") != f"Bearer {self.key}":
            sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
            return _failure(401, f"Incorrect API key provided: {sent}", "invalid_api_key")
        if behaviour.body is not None:
            raw = behaviour.body if isinstance(behaviour.body, bytes) else json.dumps(behaviour.body).encode()
            return web.Response(
                status=behaviour.status, body=raw, headers=behaviour.headers, content_type=behaviour.content_type
            )
        if behaviour.status != 200:
            return _failure(behaviour.status, "programmed to fail", "programmed", behaviour.headers)
        content = _embeddings(body) if request.path.endswith("/embeddings") else _completion(body, behaviour)
        if body.get("stream") and behaviour.pause_after is None:
            return web.Response(body=_pieces(content), content_type="text/event-stream")
        if body.get("stream"):
            response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await response.prepare(request)
            for piece in _pieces(content).split(b"\n\n")[: (behaviour.pause_after or 0) + 1]:
                await response.write(piece + b"\n\n")
            await self.stopping.wait()
            return response
        return web.Response(body=json.dumps(content).encode(), content_type="application/json")


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Run a server for the length of a `with` block."""
    ready = threading.Event()
    started: list[ModelServer] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        server = ModelServer("", stop)
        application = web.Application(client_max_size=64 * 2**20)
        application.router.add_post("/v1/{path:.*}", server.answer)
        runner = web.AppRunner(application, shutdown_timeout=0, access_log=None, handler_cancellation=True)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        server.url = f"http://{host}:{port}"
        started.append(server)
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="model-server")
    thread.start()
    ready.wait()
    try:
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def _completion(body: Json, behaviour: Behaviour) -> Json:
    asked = [message["content"] for message in body["messages"] if message["role"] == "user"]
    text = behaviour.reply(body) if behaviour.reply else behaviour.text
    if text is None:
        text = asked[-1] if asked else ""
    prompt, completion = sum(len(m["content"].split()) for m in body["messages"]), len(text.split())
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "system_fingerprint": "fp_test",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": behaviour.finish_reason,
            }
        ],
        "usage": {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion},
    }


def _pieces(completion: Json) -> bytes:
    """A completion as a stream, one word a piece."""
    choice = completion["choices"][0]
    words = re.findall(r"\S+\s*", choice["message"]["content"])
    deltas: list[Json] = [{"role": "assistant", "content": ""}, *({"content": word} for word in words)]
    shared = {key: completion[key] for key in ("id", "model", "system_fingerprint")}
    events: list[Json] = [{**shared, "choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    events.append({**shared, "choices": [{"index": 0, "delta": {}, "finish_reason": choice["finish_reason"]}]})
    events.append({**shared, "choices": [], "usage": completion["usage"]})
    return "".join(f"data: {json.dumps(event)}\n\n" for event in events).encode() + b"data: [DONE]\n\n"


def _embeddings(body: Json) -> Json:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    rows = [{"object": "embedding", "index": i, "embedding": letters(text)} for i, text in enumerate(texts)]
    words = sum(len(text.split()) for text in texts)
    return {
        "object": "list",
        "data": list(reversed(rows)),
        "model": body["model"],
        "usage": {"prompt_tokens": words, "total_tokens": words},
    }


def letters(text: str) -> list[float]:
    """The vector of a text: how often its letters fall on each of eight places, plus one; not normalised."""
    counts = [1.0] * DIMENSION
    for letter in text:
        counts[ord(letter) % DIMENSION] += 1.0
    return counts


def _failure(status: int, message: str, code: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = json.dumps({"error": {"message": message, "type": "error", "code": code}}).encode()
    return web.Response(status=status, body=body, headers=headers, content_type="application/json")
