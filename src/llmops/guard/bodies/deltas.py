"""Pieces of answers in streamed events: which text each belongs to, and which texts an event ends."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from llmops.core.hashing import Json
from llmops.guard.bodies.places import PathShape, Place, Shape, get

TextKey: TypeAlias = tuple[str | int, ...]
"""What keeps the texts of one answer apart: choice, field, tool call."""

_DELTA_TEXTS: Final = ("content", "reasoning_content", "reasoning", "refusal")
_SUFFIX: Final = ".delta"


class Deltas(Protocol):
    """Knows which pieces an event holds."""

    def pieces(self, event: Json) -> Iterator[tuple[TextKey, Place]]:
        """The pieces of an event: the text each belongs to, and where it stands."""
        ...

    def ended(self, event: Json) -> TextKey | None:
        """The beginning of the keys of the texts that end with this event."""
        ...

    def end(self, event: Json) -> Json:
        """The event changed to say that a filter ended the answer."""
        ...


@dataclass(frozen=True, slots=True)
class ChatDeltas:
    """The chunks of chat completions and completions."""

    def pieces(self, event: Json) -> Iterator[tuple[TextKey, Place]]:
        """Content, reasoning, refusal and tool arguments of every choice."""
        for at, choice in _choices(event):
            index = choice.get("index", at)
            if isinstance(choice.get("text"), str):
                yield (index, "text"), ("choices", at, "text")
            delta = choice.get("delta")
            if not isinstance(delta, dict):
                continue
            for field in _DELTA_TEXTS:
                if isinstance(delta.get(field), str):
                    yield (index, field), ("choices", at, "delta", field)
            call = delta.get("function_call")
            if isinstance(call, dict) and isinstance(call.get("arguments"), str):
                yield (index, "function_call"), ("choices", at, "delta", "function_call", "arguments")
            yield from _tool_pieces(index, at, delta.get("tool_calls"))

    def ended(self, event: Json) -> TextKey | None:
        """The choice that has a finish reason; all of them where several do at once."""
        done = [choice.get("index", at) for at, choice in _choices(event) if choice.get("finish_reason")]
        return None if not done else (done[0],) if len(done) == 1 else ()

    def end(self, event: Json) -> Json:
        """Every choice without a piece, finished by `content_filter`."""
        found: list[Json] = []
        for _, choice in _choices(event):
            kept = {key: value for key, value in choice.items() if key not in ("delta", "text")}
            nothing: dict[str, Json] = {"text": ""} if "text" in choice else {"delta": {}}
            found.append({**kept, **nothing, "finish_reason": "content_filter"})
        return {**event, "choices": found}


@dataclass(frozen=True, slots=True)
class ResponseDeltas:
    """The events of the responses API. Those that repeat a whole text are no pieces; they are guarded as answers are."""

    def pieces(self, event: Json) -> Iterator[tuple[TextKey, Place]]:
        """The `delta` of any event that has one."""
        kind = str(event.get("type", "")) if isinstance(event, dict) else ""
        if kind.endswith(_SUFFIX) and isinstance(event.get("delta"), str):
            where = (event.get("output_index", 0), event.get("content_index", event.get("summary_index", 0)))
            yield (*where, kind.removesuffix(_SUFFIX)), ("delta",)

    def ended(self, event: Json) -> TextKey | None:
        """The text of a `.done` event."""
        kind = str(event.get("type", "")) if isinstance(event, dict) else ""
        if kind in ("response.completed", "response.incomplete", "response.failed"):
            return ()
        if kind.endswith(".done") and "output_index" in event:
            return (event["output_index"],)
        return None

    def end(self, event: Json) -> Json:
        """An incomplete response."""
        details = {"reason": "content_filter"}
        return {"type": "response.incomplete", "response": {"status": "incomplete", "incomplete_details": details}}


@dataclass(frozen=True, slots=True)
class PathDeltas:
    """Events of one's own with the next piece at the output's path."""

    shape: Shape

    def pieces(self, event: Json) -> Iterator[tuple[TextKey, Place]]:
        """One text for each place of the path."""
        for place in self.shape.answered(event):
            yield place, place

    def ended(self, event: Json) -> TextKey | None:
        """Never before the stream does."""
        return None

    def end(self, event: Json) -> Json:
        """Nothing to say beside the error."""
        return None


def deltas_of(shape: Shape, event: Json) -> Deltas:
    """How the events of a stream are to be read, by the first of them that tells."""
    if isinstance(shape, PathShape):
        return PathDeltas(shape)
    if isinstance(event, dict) and str(event.get("type", "")).startswith("response."):
        return ResponseDeltas()
    return ChatDeltas()


def is_bare(event: Json, places: list[Place]) -> bool:
    """Whether a chunk holds nothing but pieces that have all become empty, so that nobody misses it."""
    if not isinstance(event, dict) or not places or any(get(event, place) for place in places) or event.get("usage"):
        return False
    return all(
        not choice.get("finish_reason") and ("text" in choice or set(choice.get("delta") or ()) <= {*_DELTA_TEXTS})
        for _, choice in _choices(event)
    ) and bool(event.get("choices"))


def _choices(event: Json) -> Iterator[tuple[int, dict[str, Json]]]:
    found = event.get("choices") if isinstance(event, dict) else None
    for at, choice in enumerate(found if isinstance(found, list) else []):
        if isinstance(choice, dict):
            yield at, choice


def _tool_pieces(index: Json, at: int, calls: Json) -> Iterator[tuple[TextKey, Place]]:
    for number, call in enumerate(calls if isinstance(calls, list) else []):
        function = call.get("function") if isinstance(call, dict) else None
        if isinstance(function, dict) and isinstance(function.get("arguments"), str):
            place: Place = ("choices", at, "delta", "tool_calls", number, "function", "arguments")
            yield (index, "tool", call.get("index", number)), place
