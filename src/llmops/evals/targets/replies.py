"""Reads what a function returned, a service answered or a file recorded as a Reply.

    {"output": "…", "contexts": ["…"], "tool_calls": [{"name": "…", "arguments": {}}], "usage": {"cost": 0.002}}

A text alone is the output. An output that is no text is written as JSON and kept as data too. Tool calls and usage may have
the OpenAI shape.
"""

import contextlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean, new_id
from llmops.domain.corpus import Context
from llmops.domain.interaction import Reply, ToolCall, Usage

KEYS: Final = (
    "output", "data", "contexts", "tool_calls", "logprobs", "usage", "model", "finish_reason", "fingerprint", "at",
)  # fmt: skip
_USAGE: Final = ("prompt_tokens", "completion_tokens", "cost", "latency", "first_token")
_CONTEXT: Final = ("id", "text", "score", "metadata")
_TOTALS: Final = ("total_tokens", "prompt_tokens_details", "completion_tokens_details")  # of the OpenAI shape, not kept


def read_reply(found: object, *, who: str, latency: float = 0.0) -> Reply:
    """Read one answer.

    Args:
        found: a text, a mapping with `output`, or a Reply.
        who: what answered, for messages and as the model's name where the answer gives none.
        latency: seconds that it took, where the answer does not say.

    Raises:
        InputError: it is none of these, or a part of it is not what it should be; the message names the part.
    """
    if isinstance(found, Reply):
        return found if found.usage.latency else _timed(found, latency)
    if isinstance(found, str):
        return Reply(id=new_id("reply"), text=found, usage=Usage(latency=latency), model=who)
    if not isinstance(found, Mapping):
        raise InputError(
            f"{who} returned {found!r:.100}, which is no text, mapping or Reply",
            hint='Return the answer as text, or {"output": …, "contexts": […]}.',
        )
    for key in found:
        if key not in KEYS:
            raise InputError(f"{who} returned the unknown key {key!r}", hint=did_you_mean(str(key), KEYS))
    if "output" not in found and not found.get("tool_calls"):
        raise InputError(f"{who} returned a mapping without 'output'", hint='Return {"output": "…"}.')
    text, data = _output(found.get("output"), who)
    return Reply(
        id=new_id("reply"),
        text=text,
        data=found.get("data", data),
        contexts=read_contexts(found.get("contexts"), who),
        tool_calls=read_tool_calls(found.get("tool_calls"), who),
        logprobs=read_logprobs(found.get("logprobs"), who),
        usage=read_usage(found.get("usage"), who, latency),
        model=str(found.get("model") or who),
        finish_reason=str(found.get("finish_reason") or "stop"),
        fingerprint=str(found.get("fingerprint") or ""),
        at=_moment(found.get("at"), who),
    )


def read_contexts(found: Json, who: str) -> tuple[Context, ...]:
    """Contexts given as texts, or as maps with `text` and where known `id`, `score`, `metadata`."""
    if found is None:
        return ()
    if isinstance(found, str) or not isinstance(found, (list, tuple)):
        raise InputError(f"{who}: contexts are {found!r:.60}, which is no list", hint='For example ["a passage"].')
    return tuple(_context(item, number, who) for number, item in enumerate(found, 1))


def read_tool_calls(found: Json, who: str) -> tuple[ToolCall, ...]:
    """Tool calls as `{name, arguments}`, or in the OpenAI shape with `function` and its arguments as text."""
    if not found:
        return ()
    if not isinstance(found, (list, tuple)):
        raise InputError(f"{who}: tool_calls are {found!r:.60}, which is no list", hint='[{"name": …, "arguments": …}]')
    return tuple(_tool_call(item, who) for item in found)


def read_logprobs(found: Json, who: str) -> tuple[float, ...]:
    """Log-probabilities of the answer's tokens, in order."""
    if found is None:
        return ()
    numbers = found if isinstance(found, (list, tuple)) else [found]
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not float("-inf") < number <= 0:
            raise InputError(f"{who}: logprobs has {number!r:.60}", hint="Give numbers of 0 or less: [-0.1, -2.3].")
    return tuple(map(float, numbers))


def read_usage(found: Json, who: str, latency: float) -> Usage:
    """Tokens, cost in US dollars and latency in seconds; what is not said is not known."""
    if found is None:
        return Usage(latency=latency)
    if not isinstance(found, Mapping):
        raise InputError(f"{who}: usage is {found!r:.60}, which is no mapping", hint='{"cost": 0.002, "latency": 0.8}')
    values: dict[str, Json] = {}
    for key, value in found.items():
        if key in _TOTALS:
            continue
        if key not in _USAGE:
            raise InputError(f"{who}: usage has the unknown key {key!r}", hint=did_you_mean(str(key), _USAGE))
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise InputError(f"{who}: usage.{key} is {value!r:.60}", hint="Give a number of 0 or more.")
        values[key] = int(value) if key.endswith("tokens") else float(value)
    return Usage(**{"latency": latency, **values})


def _timed(reply: Reply, latency: float) -> Reply:
    return reply.model_copy(update={"usage": reply.usage.model_copy(update={"latency": latency})})


def _output(found: Json, who: str) -> tuple[str, Json]:
    if found is None or isinstance(found, str):
        return found or "", None
    try:
        return json.dumps(found, ensure_ascii=False, allow_nan=False), found
    except (TypeError, ValueError) as error:
        raise InputError(f"{who}: the output cannot be written as JSON: {error}", hint="Return text.") from error


def _context(item: Json, number: int, who: str) -> Context:
    if isinstance(item, Context):
        return item
    if isinstance(item, str):
        return Context(id=f"context-{number}", text=item)
    if not isinstance(item, Mapping) or not isinstance(item.get("text"), str):
        raise InputError(
            f"{who}: context {number} is {item!r:.60}, which has no text", hint='Give text, or {"id": …, "text": …}.'
        )
    for key in item:
        if key not in _CONTEXT:
            hint = f"{did_you_mean(str(key), _CONTEXT)} Other things that you know go into metadata."
            raise InputError(f"{who}: context {number} has the unknown key {key!r}", hint=hint)
    score, metadata = item.get("score"), item.get("metadata")
    if score is not None and (isinstance(score, bool) or not isinstance(score, (int, float))):
        raise InputError(f"{who}: the score of context {number} is {score!r:.60}", hint="Give a number.")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise InputError(f"{who}: the metadata of context {number} are {metadata!r:.60}", hint="Give a mapping.")
    return Context(
        id=str(item.get("id") or f"context-{number}"),
        text=item["text"],
        score=float(score or 0.0),
        metadata=dict(metadata or {}),
    )


def _tool_call(item: Json, who: str) -> ToolCall:
    if isinstance(item, ToolCall):
        return item
    function = item.get("function", item) if isinstance(item, Mapping) else None
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise InputError(f"{who}: the tool call {item!r:.60} has no name", hint='{"name": "search", "arguments": {…}}')
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        with contextlib.suppress(ValueError):  # a model that wrote no JSON is handed on as it wrote
            arguments = json.loads(arguments) if arguments.strip() else {}
    return ToolCall(id=str(item.get("id") or ""), name=function["name"], arguments=arguments)


def _moment(found: Json, who: str) -> datetime | None:
    if found is None:
        return None
    try:
        moment = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
    except ValueError as error:
        raise InputError(f"{who}: at is {found!r:.60}", hint="Write 2026-03-01T14:30:00+00:00.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
