"""Puts the pieces of a streamed chat completion together, so that it reads like one that came at once.

Each event has a delta of text, of tool calls, or of log-probabilities; the last ones have the reason why the answer ends and the
usage. Other fields keep the first value that they had.
"""

import json

from llmops.core.hashing import Json


class Pieces:
    """The pieces that have come. `has_begun` says whether one of them is of the answer."""

    def __init__(self) -> None:
        self.has_begun = False
        self._body: dict[str, Json] = {}
        self._text: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, dict[str, Json]] = {}
        self._logprobs: list[Json] = []
        self._finish: str | None = None

    def take(self, event: str) -> str:
        """Take the next event and return the text that it adds.

        Raises:
            ValueError: it is no JSON object, or is an error of the server.
        """
        return self.add(json.loads(event))

    def completion(self) -> Json:
        """The whole, as a server that does not stream would have answered.

        Raises:
            ValueError: the stream ended before the answer did.
        """
        if self._finish is None:
            raise ValueError("the stream ended before the answer did")
        message: dict[str, Json] = {"role": "assistant", "content": "".join(self._text)}
        if self._refusal:
            message["refusal"] = "".join(self._refusal)
        if self._calls:
            message["tool_calls"] = [call for _, call in sorted(self._calls.items())]
        choice: dict[str, Json] = {"index": 0, "message": message, "finish_reason": self._finish}
        if self._logprobs:
            choice["logprobs"] = {"content": self._logprobs}
        return {**self._body, "choices": [choice]}

    def add(self, event: Json) -> str:
        """`take`, for an event that is decoded already."""
        known = len(self._text)
        if not isinstance(event, dict):
            raise ValueError("an event is no JSON object")
        if event.get("error"):
            error = event["error"]
            raise ValueError(str(error.get("message", error) if isinstance(error, dict) else error)[:300])
        for key, value in event.items():
            if key != "choices" and value is not None and (key == "usage" or key not in self._body):
                self._body[key] = value
        for choice in event.get("choices") or ():
            if choice.get("index", 0) == 0:
                self._take_choice(choice)
        return "".join(self._text[known:])

    def _take_choice(self, choice: dict[str, Json]) -> None:
        delta = choice.get("delta") or {}
        if delta.get("content"):
            self._text.append(str(delta["content"]))
        if delta.get("refusal"):
            self._refusal.append(str(delta["refusal"]))
        for call in delta.get("tool_calls") or ():
            self._take_call(call)
        if isinstance(choice.get("logprobs"), dict):
            self._logprobs += choice["logprobs"].get("content") or ()
        self.has_begun = self.has_begun or bool(self._text or self._calls)
        self._finish = choice.get("finish_reason") or self._finish

    def _take_call(self, piece: dict[str, Json]) -> None:
        call = self._calls.setdefault(
            int(piece.get("index", 0)), {"id": "", "type": "function", "function": {"name": "", "arguments": ""}}
        )
        call["id"] = call["id"] or piece.get("id") or ""
        function = piece.get("function") or {}
        call["function"]["name"] += function.get("name") or ""
        call["function"]["arguments"] += function.get("arguments") or ""
