"""The OpenAI chat format: requests into it, replies out of it. Plain dictionaries, because this runs once a call."""

import json
import re
from collections.abc import Mapping
from typing import Final

from llmops.backends.prices import Price
from llmops.core.errors import InputError, ModelError
from llmops.core.hashing import Json
from llmops.domain.interaction import ChatReply, ChatRequest, Message, Token, ToolCall, Usage

_FIXED: Final = frozenset({"model", "messages", "stream", "stream_options", "n"})
_ENCODER: Final = json.JSONEncoder(allow_nan=False)
_TOOL_NAME: Final = re.compile(r"[^A-Za-z0-9_-]+")


def chat_payload(request: ChatRequest, name: str, *, streams: bool = False) -> dict[str, Json]:
    """The body of a chat completion request; `name` is what the server calls the model, and `streams` says that the
    parameter `stream` may ask for an answer in pieces.

    Raises:
        InputError: a parameter that llmops sets itself.
    """
    payload = dict(request.parameters)
    in_pieces = streams and payload.pop("stream", False) is True
    if fixed := sorted(_FIXED & payload.keys()):
        raise InputError(
            f"the model parameter {fixed[0]!r} cannot be set: llmops sets it itself",
            hint=f"Remove {fixed[0]!r} from parameters; for several answers to a case use repeats.",
        )
    if in_pieces:
        payload |= {"stream": True, "stream_options": {"include_usage": True}}
    payload["model"] = name
    payload["messages"] = [_message(message) for message in request.messages]
    if request.tools:
        payload["tools"] = [_tool(tool) for tool in request.tools]
    if request.output is not None:
        payload["response_format"] = _response_format(request.output)
    return payload


def encode(payload: Mapping[str, Json]) -> bytes:
    """Serialise a request body; InputError where a value has no JSON form (NaN, a date)."""
    try:
        return _ENCODER.encode(payload).encode()
    except (TypeError, ValueError) as error:
        raise InputError(
            f"the request cannot be written as JSON: {error}", hint="Check parameters, tools and output schema."
        ) from error


def read_reply(data: Json, *, model: str, where: str, latency: float, price: Price | None) -> ChatReply:
    """Read a chat completion.

    Args:
        data: the decoded body.
        model: the model string as asked for.
        where: the server, for messages.
        latency: seconds from request to last byte.
        price: dollars a token, where known.

    Raises:
        ModelError: no choices, or a choice with neither text nor tool calls.
    """
    choices = data.get("choices") if isinstance(data, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get("message") if isinstance(first, dict) else None
    if first is None or not isinstance(message, dict):
        raise ModelError(
            f"{where} answered {model} with JSON that is no chat completion (no choices)",
            hint="Is the address that of an OpenAI-compatible API? It usually ends in /v1.",
        )
    finish = first.get("finish_reason") or "stop"
    text, calls = _text(message), _tool_calls(message)
    if not text and not calls:
        if refusal := message.get("refusal"):
            text, finish = str(refusal), "content_filter"
        else:
            raise _empty(model, str(finish))
    return ChatReply(
        text=text,
        model=model,
        tool_calls=calls,
        usage=read_usage(data.get("usage"), latency, price),
        finish_reason=str(finish),
        fingerprint=str(data.get("system_fingerprint") or ""),
        tokens=_tokens(first.get("logprobs")),
    )


def read_usage(data: Json, latency: float, price: Price | None) -> Usage:
    """Read a usage block. A cost that the server states (OpenRouter does) goes before one computed from list prices."""
    if not isinstance(data, dict):
        return Usage(latency=latency)
    prompt, completion = _count(data.get("prompt_tokens")), _count(data.get("completion_tokens"))
    details = data.get("prompt_tokens_details")
    cached = min(prompt, _count(details.get("cached_tokens"))) if isinstance(details, dict) else 0
    stated = data.get("cost")
    cost: float | None = None
    if isinstance(stated, (int, float)) and not isinstance(stated, bool):
        cost = float(stated)
    elif price is not None:
        cost = price.cost(prompt, completion, cached)
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cost=cost, latency=latency)


def _message(message: Message) -> dict[str, Json]:
    written: dict[str, Json] = {"role": message.role, "content": message.content}
    if message.name is not None:
        written["name"] = message.name
    if message.tool_call_id is not None:
        written["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        written["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {
                    "name": call.name,
                    "arguments": call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments),
                },
            }
            for call in message.tool_calls
        ]
    return written


def _tool(tool: Mapping[str, Json]) -> dict[str, Json]:
    """A tool as written in a prompt file: the OpenAI shape, or only its `function` part."""
    return dict(tool) if "type" in tool and "function" in tool else {"type": "function", "function": dict(tool)}


def _response_format(schema: Mapping[str, Json]) -> dict[str, Json]:
    name = _TOOL_NAME.sub("_", str(schema.get("title") or "output"))[:64]
    return {
        "type": "json_schema",
        "json_schema": {"name": name, "schema": dict(schema), "strict": _is_strict(schema)},
    }


def _is_strict(schema: Json) -> bool:
    """Whether every object of a schema names all its properties as required and allows no others, as strict mode wants."""
    if isinstance(schema, list):
        return all(_is_strict(part) for part in schema)
    if not isinstance(schema, dict):
        return True
    if schema.get("type") == "object" or "properties" in schema:
        properties = schema.get("properties", {})
        if schema.get("additionalProperties") is not False or set(schema.get("required", ())) != set(properties):
            return False
    return all(_is_strict(part) for part in schema.values())


def _text(message: Mapping[str, Json]) -> str:
    content = message.get("content")
    if isinstance(content, list):  # some servers answer in parts
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _tokens(logprobs: Json) -> tuple[Token, ...]:
    """The tokens with their probabilities, where the server gives them; ones that do not read are none."""
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not isinstance(content, list):
        return ()
    found = []
    for item in content:
        if not _is_token(item):
            return ()
        top = {
            str(other["token"]): float(other["logprob"]) for other in item.get("top_logprobs") or () if _is_token(other)
        }
        found.append(Token(text=str(item["token"]), logprob=float(item["logprob"]), top=top))
    return tuple(found)


def _is_token(item: Json) -> bool:
    return isinstance(item, dict) and "token" in item and isinstance(item.get("logprob"), (int, float))


def _tool_calls(message: Mapping[str, Json]) -> tuple[ToolCall, ...]:
    found = []
    for call in message.get("tool_calls") or ():
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and function.get("name"):
            arguments = function.get("arguments")
            found.append(ToolCall(id=str(call.get("id") or ""), name=function["name"], arguments=_arguments(arguments)))
    return tuple(found)


def _arguments(written: Json) -> Json:
    """The arguments as values; a model that wrote no JSON is handed on as it wrote."""
    if not isinstance(written, str):
        return written
    try:
        return json.loads(written) if written.strip() else {}
    except ValueError:
        return written


def _empty(model: str, finish: str) -> ModelError:
    if finish == "length":
        hint = "All of max_tokens went elsewhere (reasoning, most likely): raise max_tokens."
    elif finish == "content_filter":
        hint = "The provider's content filter stopped it."
    else:
        hint = "Ask again, or look at the prompt: it may leave the model nothing to say."
    return ModelError(f"{model} answered with empty content (finish_reason {finish})", hint=hint)


def _count(value: Json) -> int:
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0 else 0
