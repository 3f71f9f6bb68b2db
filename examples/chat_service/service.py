"""A chat service with guardrails: FastAPI in front of `app/chat@production`, guarded by the policy of that app.

`/chat` takes and gives plain JSON, `/v1/chat/completions` is what OpenAI's clients speak, streamed or not. The guard stands
around both; the functions below know nothing of it.
"""

import gc
import json
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

import llmops
from llmops.core.errors import LlmopsError
from llmops.domain.interaction import Reply
from llmops.guard.middleware import GuardMiddleware

workspace = llmops.open(Path(__file__).parent)
chat = workspace.app("chat@production")
guard = chat.policy  # follows the app, also back
assert guard is not None, "app/chat has no policy"

api = FastAPI(title="A guarded chat service")
api.add_middleware(GuardMiddleware, policy=guard, paths=["/v1"])
api.add_middleware(GuardMiddleware, policy=guard, paths=["/chat"], input="$.message", output="$.reply")


class Question(BaseModel):
    """What `/chat` is sent."""

    message: str


class Completion(BaseModel):
    """What `/v1/chat/completions` is sent; further parameters of OpenAI's API are passed over."""

    model_config = ConfigDict(extra="ignore")

    messages: list[dict[str, Any]]
    stream: bool = False


@api.post("/chat")
async def answer(question: Question) -> dict[str, str]:
    """Answer a message."""
    reply = await ask(question.message)
    return {"reply": reply.text, "app": reply.refs["app"]}


@api.post("/v1/chat/completions", response_model=None)
async def complete(completion: Completion) -> dict[str, Any] | StreamingResponse:
    """Answer the last turn of a conversation, as OpenAI's API does."""
    reply = await ask(completion.messages)
    if completion.stream:
        return StreamingResponse(pieces(reply), media_type="text/event-stream")
    message = {"role": "assistant", "content": reply.text}
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    spent = {"prompt_tokens": reply.usage.prompt_tokens, "completion_tokens": reply.usage.completion_tokens}
    return {
        **head(reply),
        "object": "chat.completion",
        "choices": [choice],
        "usage": {**spent, "total_tokens": reply.usage.tokens},
    }


async def ask(question: str | list[dict[str, Any]]) -> Reply:
    """The app's reply, or the error that a client can act on."""
    try:
        return await chat.aask(question)
    except LlmopsError as error:
        raise HTTPException(502, f"{error.message}. {error.hint}") from error


async def pieces(reply: Reply) -> AsyncIterator[str]:
    """The chunks of a streamed answer, a word or less each. An app's reply is whole; a model's own stream looks the same."""
    deltas = [
        {"role": "assistant", "content": ""},
        *({"content": piece} for piece in re.findall(r"\s*\S{1,6}|\s+$", reply.text)),
    ]
    for delta in deltas:
        yield event(reply, delta, None)
    yield event(reply, {}, reply.finish_reason)
    yield "data: [DONE]\n\n"


def event(reply: Reply, delta: dict[str, str], finish_reason: str | None) -> str:
    """One server-sent event."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return f"data: {json.dumps({**head(reply), 'object': 'chat.completion.chunk', 'choices': [choice]})}\n\n"


def head(reply: Reply) -> dict[str, Any]:
    """What answers and chunks have in common. The digest of the app says which version answered."""
    return {"id": reply.id, "created": int(time.time()), "model": reply.model, "system_fingerprint": reply.refs["app"]}


# What is loaded now stays for good. Kept out of garbage collection it delays no request; a collection of all of it takes 0.1 s.
gc.collect()
gc.freeze()
