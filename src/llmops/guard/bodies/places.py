"""Finds the texts in JSON bodies: OpenAI's endpoints by their shape, anything else by paths.

| endpoint | asked | answered |
|---|---|---|
| chats | `messages`, whole or in parts; tool calls | of each choice content, reasoning, refusal, arguments |
| completions | `prompt` | `choices[*].text` |
| responses | `input`, whole or in items | texts and arguments of each item of `output` |
| embeddings, moderations | `input` | – |

Turns of `system` and `developer` are the service's own words: they are not checked, but known as the system prompt.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from llmops.core.hashing import Json
from llmops.guard.protocol import Called
from llmops.text.json_path import Step, parse_path

Place: TypeAlias = tuple[str | int, ...]
"""Keys and positions from the top of a body to a text in it."""

OWN_WORDS: Final = ("system", "developer")
_TEXTS: Final = ("text", "arguments", "refusal", "content", "reasoning_content", "reasoning", "output")


class Shape(Protocol):
    """Knows where the texts of a body are."""

    def asked(self, body: Json) -> Iterator[Place]:
        """The texts of a request."""
        ...

    def answered(self, body: Json) -> Iterator[Place]:
        """The texts of an answer, or of a message about it that is no piece of it."""
        ...


@dataclass(frozen=True, slots=True)
class OpenAiShape:
    """The bodies of OpenAI's API and of everything that speaks it."""

    def asked(self, body: Json) -> Iterator[Place]:
        """What users and tools say."""
        if not isinstance(body, dict):
            return
        for key in ("messages", "input"):
            turns = body.get(key)
            if isinstance(turns, str):
                yield (key,)
            elif isinstance(turns, list):
                for number, turn in enumerate(turns):
                    if isinstance(turn, str):
                        yield (key, number)
                    elif isinstance(turn, dict) and turn.get("role") not in OWN_WORDS:
                        yield from _texts_below(turn, (key, number))
        prompt = body.get("prompt")
        if isinstance(prompt, str):
            yield ("prompt",)
        elif isinstance(prompt, list):
            yield from (("prompt", number) for number, text in enumerate(prompt) if isinstance(text, str))

    def answered(self, body: Json) -> Iterator[Place]:
        """What a model says, in any choice."""
        yield from _texts_below(body, ())


@dataclass(frozen=True, slots=True)
class PathShape:
    """Bodies of one's own, in which paths such as `$.message` lead to the texts."""

    input: tuple[Step, ...] | None = None
    output: tuple[Step, ...] | None = None

    def asked(self, body: Json) -> Iterator[Place]:
        """The texts at the input's path."""
        return _below(body, self.input)

    def answered(self, body: Json) -> Iterator[Place]:
        """The texts at the output's path."""
        return _below(body, self.output)


def shape_of(input: str | None, output: str | None) -> Shape:  # noqa: A002  # the words of GuardMiddleware
    """The shape that paths describe, OpenAI's where there are none.

    Raises:
        InputError: a path cannot be read.
    """
    if input is None and output is None:
        return OpenAiShape()
    return PathShape(*(None if path is None else tuple(parse_path(path)) for path in (input, output)))


def get(body: Json, place: Place) -> Json:
    """What stands at a place."""
    for step in place:
        body = body[step]
    return body


def put(body: Json, place: Place, value: Json) -> None:
    """Replace what stands at a place, which is not the top."""
    get(body, place[:-1])[place[-1]] = value


def system_prompt(body: Json) -> str:
    """The service's own words in a request to OpenAI's API."""
    if not isinstance(body, dict):
        return ""
    said = [body["instructions"]] if isinstance(body.get("instructions"), str) else []
    for turns in (body.get("messages"), body.get("input")):
        if isinstance(turns, list):
            for turn in turns:
                if isinstance(turn, dict) and turn.get("role") in OWN_WORDS:
                    said += [get(turn, place) for place in _texts_below(turn, ())]
    return "\n".join(said)


def calls_in(body: Json) -> Sequence[Called]:
    """The tool calls that an answer asks for, in any of OpenAI's forms."""
    found: list[Called] = []
    if isinstance(body, dict):
        if isinstance(body.get("name"), str) and "arguments" in body:
            found.append(Called(body["name"], body["arguments"]))
        for value in body.values():
            found += calls_in(value)
    elif isinstance(body, list):
        for value in body:
            found += calls_in(value)
    return found


def _texts_below(value: Json, at: Place) -> Iterator[Place]:
    """Strings under the keys that hold texts, however deep; data such as images and encrypted reasoning is passed over."""
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                if key in _TEXTS and item:
                    yield (*at, key)
            else:
                yield from _texts_below(item, (*at, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _texts_below(item, (*at, number))


def _below(value: Json, steps: tuple[Step, ...] | None) -> Iterator[Place]:
    """The strings at a path, and below the place where it leads to a list or map."""
    if steps is None:
        return
    places: list[Place] = [()]
    for step in steps:
        places = [(*place, key) for place in places for key in _keys(get(value, place), step)]
    for place in places:
        yield from _strings(get(value, place), place)


def _keys(value: Json, step: Step) -> Sequence[str | int]:
    if step is None:
        return list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    if isinstance(step, str):
        return (step,) if isinstance(value, dict) and step in value else ()
    return (step,) if isinstance(value, list) and -len(value) <= step < len(value) else ()


def _strings(value: Json, at: Place) -> Iterator[Place]:
    if isinstance(value, str):
        yield at
    elif isinstance(value, (dict, list)):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _strings(item, (*at, key))
