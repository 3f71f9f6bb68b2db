"""An HTTP service as a target: `{http: {…}}`. Builds requests from the inputs of a case, and reads answers by their paths."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from llmops.backends.http_service import HttpService, Incoming, Outgoing
from llmops.backends.wire import read_reply as read_completion
from llmops.core.errors import InputError, RenderError
from llmops.core.hashing import Json, digest
from llmops.core.names import did_you_mean, new_id
from llmops.domain.interaction import Reply
from llmops.domain.service import ServiceSpec
from llmops.domain.spending import count_call
from llmops.evals.targets.completions import is_piece, join_chunks
from llmops.evals.targets.replies import read_reply
from llmops.text.json_path import find_all, parse_path
from llmops.text.templates import compile_template

_ALONE: Final = re.compile(r"\s*\{\{\s*(\w+)\s*\}\}\s*")
_USAGE: Final = {
    "prompt_tokens": "prompt_tokens", "input_tokens": "prompt_tokens", "completion_tokens": "completion_tokens",
    "output_tokens": "completion_tokens", "cost": "cost", "latency": "latency",
}  # fmt: skip
_MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class ServiceTarget:
    """Asks a service. `version` is what its owner says it is; nothing else shows that it has changed."""

    spec: ServiceSpec
    service: HttpService
    version: str = ""

    @property
    def refs(self) -> Mapping[str, str]:
        """Its identity: what is sent to whom, how the answer is read, and the version."""
        identity = {"http": self.spec.model_dump(mode="json", exclude_defaults=True), "version": self.version}
        return {"target": digest("target", identity)}

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        """Ask with the inputs of a case.

        Raises:
            InputError: the request cannot be made of these inputs, or the answer does not hold what the paths say.
            ModelError: the service did not answer.
        """
        found = await self.service.ask(self._request(inputs))
        reply = self._completion(found) if self.spec.format == "openai" else self._reply(found)
        usage = reply.usage.model_copy(update={"first_token": found.first_token})
        return reply.model_copy(update={"usage": usage, "at": datetime.now(UTC)})

    def _request(self, inputs: Mapping[str, Json]) -> Outgoing:
        spec, values = self.spec, {"inputs": dict(inputs), **inputs}
        query = {name: _as_text(fill(value, values, f"query.{name}")) for name, value in spec.query.items()}
        if spec.format == "openai":
            body = {**fill(spec.body or {}, values, "body"), "messages": _messages(inputs)}
            body |= {"model": spec.model} if spec.model else {}
            body |= {"stream": True, "stream_options": {"include_usage": True}} if spec.stream else {}
            return Outgoing(query, body, is_piece)
        if spec.method == "GET" and not spec.query:
            query = {name: _as_text(value) for name, value in inputs.items()}
        body = dict(inputs) if spec.body is None else fill(spec.body, values, "body")
        return Outgoing(query, body, lambda event: bool(self._piece(event)))

    def _completion(self, found: Incoming) -> Reply:
        data = found.data if found.events is None else join_chunks(found.events)
        name = self.spec.model or self.spec.name
        chat = read_completion(data, model=name, where=self.spec.name, latency=found.latency, price=None)
        return Reply(
            id=new_id("reply"),
            text=chat.text,
            tool_calls=chat.tool_calls,
            usage=chat.usage,
            finish_reason=chat.finish_reason,
            model=chat.model,
            fingerprint=chat.fingerprint,
        )

    def _reply(self, found: Incoming) -> Reply:
        spec = self.spec
        places = [found.data] if found.events is None else list(reversed(found.events))
        answer: dict[str, Json] = {"output": self._output(found, places), "model": spec.name}
        for key in ("contexts", "tool_calls", "usage"):
            value = _look(places, getattr(spec, key))
            if value is not _MISSING:
                answer[key] = value
        if "contexts" in answer:
            answer["contexts"] = _contexts(answer["contexts"], spec.name)
        if isinstance(answer.get("usage"), dict):
            given = answer["usage"]
            answer["usage"] = {_USAGE[key]: value for key, value in given.items() if key in _USAGE}
        reply = read_reply(answer, who=spec.name, latency=found.latency)
        count_call(reply.usage)
        return reply

    def _output(self, found: Incoming, places: Sequence[Json]) -> Json:
        spec = self.spec
        if spec.output:
            value = _look(places, spec.output)
            if value is not _MISSING:
                return "\n".join(value) if isinstance(value, list) and all(isinstance(v, str) for v in value) else value
            if found.events is None or not spec.delta:
                raise InputError(f"{spec.name} answered with nothing at {spec.output}", hint=_has(places))
        if found.events is not None:
            pieces = [self._piece(event) for event in found.events]
            if not any(pieces):
                raise InputError(
                    f"{spec.name} streamed {len(pieces)} events without a piece of text",
                    hint=f"Say where it is in each event, for example delta: $.text. {_has(places)}",
                )
            return "".join(pieces)
        if isinstance(found.data, dict):
            if "output" not in found.data:
                raise InputError(
                    f"{spec.name} answered with JSON, and the target does not say where the answer is",
                    hint=f"Write for example output: $.answer. {_has(places)}",
                )
            return found.data["output"]
        return found.data

    def _piece(self, event: Json) -> str:
        if not self.spec.delta:
            return event if isinstance(event, str) else ""
        value = _look([event], self.spec.delta)
        return value if isinstance(value, str) else ""


def fill(template: Json, values: Mapping[str, Json], where: str) -> Json:
    """Put values into all texts of a template; a text that is `{{ name }}` alone becomes the value itself, be it a list.

    Raises:
        RenderError: a text does not render; the message says where.
    """
    if isinstance(template, dict):
        return {key: fill(value, values, f"{where}.{key}") for key, value in template.items()}
    if isinstance(template, (list, tuple)):
        return [fill(value, values, f"{where}[{index}]") for index, value in enumerate(template)]
    if not isinstance(template, str) or "{" not in template:
        return template
    alone = _ALONE.fullmatch(template)
    if alone is None:
        return compile_template(template, name=where).render(values)
    if alone[1] not in values:
        raise RenderError(f"{where}: the case has no input {alone[1]!r}", hint=did_you_mean(alone[1], values))
    return values[alone[1]]


def _messages(inputs: Mapping[str, Json]) -> Json:
    if "messages" in inputs:
        return inputs["messages"]
    texts = [value for value in inputs.values() if isinstance(value, str)]
    text = inputs.get("question", texts[0] if len(texts) == 1 else None)
    if not isinstance(text, str):
        raise InputError(
            "format: openai needs the input `messages`, `question`, or one text alone",
            hint=f"This case has {', '.join(inputs)}.",
        )
    return [{"role": "user", "content": text}]


def _look(places: Sequence[Json], path: str) -> Json:
    """What is at a path in the first of the places that has it; a path with a wildcard gives a list."""
    if not path:
        return _MISSING
    steps = parse_path(path)
    for place in places:
        found = find_all(place, steps)
        if found:
            return found if None in steps else found[0]
    return _MISSING


def _contexts(found: Json, who: str) -> list[Json]:
    contexts: list[Json] = []
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict):
            if not isinstance(item.get("text"), str):
                raise InputError(
                    f"{who}: a context has no text",
                    hint=f"Point at the texts: contexts: $.sources[*].NAME. {_has([item])}",
                )
            known = {key: item[key] for key in ("id", "text", "score") if key in item}
            own = item.get("metadata")
            others = {key: value for key, value in item.items() if key not in (*known, "metadata")}
            contexts.append({**known, "metadata": {**others, **(own if isinstance(own, dict) else {})}})
        else:
            contexts.append(item if isinstance(item, str) else json.dumps(item, ensure_ascii=False))
    return contexts


def _has(places: Sequence[Json]) -> str:
    """What there is instead: the keys of an answer, never its values."""
    place = places[0] if places else None
    if isinstance(place, dict):
        return f"It has the keys {', '.join(map(str, list(place)[:12])) or 'none'}."
    return f"It is {'empty' if place is None else 'a text' if isinstance(place, str) else type(place).__name__}."


def _as_text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
