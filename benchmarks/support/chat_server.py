"""An OpenAI-compatible server that answers every question with itself, after a set latency.

Run as `python chat_server.py LATENCY_SECONDS`: prints its port, then serves; `GET /stats` gives the number of requests and
the seconds from the first to the last.
"""

import asyncio
import json
import sys
import time

from aiohttp import web


class Stats:
    """When requests came."""

    def __init__(self) -> None:
        self.count = 0
        self.first = 0.0
        self.last = 0.0


async def serve(latency: float) -> None:
    """Serve until the process is ended."""
    stats = Stats()

    async def chat(request: web.Request) -> web.Response:
        body = json.loads(await request.read())
        now = time.perf_counter()
        stats.first = stats.first or now
        if latency:
            await asyncio.sleep(latency)
        stats.count += 1
        stats.last = time.perf_counter()
        reply = {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": body["model"],
            "choices": [
                {
                    "index": 0,
                    "message": {"role": "assistant", "content": body["messages"][-1]["content"]},
                    "finish_reason": "stop",
                }
            ],
            "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
        }
        return web.Response(body=json.dumps(reply).encode(), content_type="application/json")

    async def show_stats(_: web.Request) -> web.Response:
        answer = web.json_response({"count": stats.count, "seconds": stats.last - stats.first})
        stats.count, stats.first = 0, 0.0
        return answer

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    app.router.add_get("/stats", show_stats)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    print(site._server.sockets[0].getsockname()[1], flush=True)  # type: ignore[attr-defined]
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
