"""Streamed chat completions in the OpenAI shape: what is a piece of the text, and the completion that all chunks make."""

from collections.abc import Iterator, Sequence

from llmops.core.hashing import Json


def is_piece(event: Json) -> bool:
    """Whether a chunk brings a piece of the text, or of a tool call."""
    return any(delta.get("content") or delta.get("tool_calls") for delta, _ in _deltas(event))


def join_chunks(events: Sequence[Json]) -> dict[str, Json]:
    """The completion that would have come at once."""
    text: list[str] = []
    calls: dict[int, dict[str, Json]] = {}
    finish: Json = None
    whole: dict[str, Json] = {}
    for event in events:
        if isinstance(event, dict):
            whole |= {key: event[key] for key in ("usage", "system_fingerprint") if event.get(key)}
        for delta, reason in _deltas(event):
            finish = reason or finish
            if isinstance(delta.get("content"), str):
                text.append(delta["content"])
            for part in delta.get("tool_calls") or ():
                _add_call(calls, part)
    message = {"content": "".join(text), "tool_calls": [calls[index] for index in sorted(calls)]}
    return {**whole, "choices": [{"message": message, "finish_reason": finish}]} if events else {}


def _deltas(event: Json) -> Iterator[tuple[dict[str, Json], Json]]:
    choices = event.get("choices") if isinstance(event, dict) else None
    for choice in choices[:1] if isinstance(choices, list) else ():
        if isinstance(choice, dict) and isinstance(choice.get("delta"), dict):
            yield choice["delta"], choice.get("finish_reason")


def _add_call(calls: dict[int, dict[str, Json]], part: Json) -> None:
    """Add a piece of a tool call; its name comes once, its arguments letter by letter."""
    if not isinstance(part, dict):
        return
    index = part.get("index")
    call = calls.setdefault(
        index if isinstance(index, int) else 0, {"id": "", "function": {"name": "", "arguments": ""}}
    )
    call["id"] = part.get("id") or call["id"]
    function = part.get("function")
    if isinstance(function, dict):
        call["function"]["name"] += str(function.get("name") or "")
        call["function"]["arguments"] += str(function.get("arguments") or "")
