"""Turns of a conversation in the OpenAI shape, tool calls and their results included, read as messages."""

from collections.abc import Sequence
from typing import Final

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.interaction import Message
from llmops.evals.targets.replies import read_tool_calls

_ROLES: Final = ("system", "user", "assistant", "tool")
_HINT: Final = 'A turn looks like {"role": "user", "content": "…"}.'


def read_turns(value: Json) -> list[Message]:
    """Read the input `messages`.

    Raises:
        InputError: it is no list, or one of its turns is none; the message says which.
    """
    if not isinstance(value, (list, tuple)):
        raise InputError(f"`messages` must be a list of turns, not {type(value).__name__}", hint=_HINT)
    return [turn if isinstance(turn, Message) else _turn(turn, f"messages[{i}]") for i, turn in enumerate(value)]


def split_at_question(turns: Sequence[Message]) -> tuple[list[Message], list[Message]]:
    """The turns before the last one of the user, and those after it; a prompt that asks the question takes its place."""
    last = max((i for i, turn in enumerate(turns) if turn.role == "user"), default=len(turns))
    return list(turns[:last]), list(turns[last + 1 :])


def _turn(turn: Json, where: str) -> Message:
    if not isinstance(turn, dict) or turn.get("role") not in _ROLES:
        raise InputError(f"{where} is no turn: {turn!r:.200}", hint=_HINT)
    name, call = turn.get("name"), turn.get("tool_call_id")
    return Message(
        role=turn["role"],
        content=_content(turn.get("content"), where),
        name=None if name is None else str(name),
        tool_call_id=None if call is None else str(call),
        tool_calls=read_tool_calls(turn.get("tool_calls"), where),
    )


def _content(content: Json, where: str) -> str:
    """The text of a turn; a list of parts is joined, and parts that are no text are refused rather than lost."""
    if not isinstance(content, (list, tuple)):
        return str(content or "")
    texts = []
    for part in content:
        if not isinstance(part, dict) or part.get("type", "text") != "text":
            kind = part.get("type") if isinstance(part, dict) else type(part).__name__
            raise InputError(f"{where} has a part of type {kind!r}; only text is supported", hint="Leave it out.")
        texts.append(str(part.get("text") or ""))
    return "".join(texts)
