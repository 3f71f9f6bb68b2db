"""A question put into other words by a chat model: rewritten to stand by itself, and asked in further ways."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from llmops.core.hashing import Json
from llmops.domain.interaction import ChatReply, Message
from llmops.domain.usage import Usage

Ask: TypeAlias = Callable[[Mapping[str, Json], int], Awaitable[ChatReply]]
"""Asks a model with a prompt that is given these values; the number keeps the replies of repeats apart."""

LONGEST: Final = 2000
"""Characters of a query that a model wrote; what is longer is no query."""

_FENCE: Final = re.compile(r"\s*```\w*\s*\n(.*?)\n\s*```\s*", re.DOTALL)
_BULLET: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


@dataclass(frozen=True, slots=True)
class QueryWriter:
    """Turns a question into queries. Without a model to ask, the question is the query.

    Attributes:
        rewrite: asks for the question in words to search with.
        vary: asks for it in `count` further ways.
        count: how many of those are used.
    """

    rewrite: Ask | None = None
    vary: Ask | None = None
    count: int = 0

    async def write(self, question: str, history: Sequence[Message], repeat: int) -> tuple[list[str], Usage]:
        """The queries, the first of which stands for the question itself, and what asking took.

        An answer that holds no query is none: the question is then searched with as it is.
        """
        spent, query = Usage(), question
        if self.rewrite is not None:
            turns = [{"role": turn.role, "content": turn.content} for turn in history if turn.content]
            reply = await self.rewrite({"question": question, "turns": turns}, repeat)
            spent, query = spent + reply.usage, _rewritten(reply.text) or question
        queries = [query]
        if self.vary is not None:
            reply = await self.vary({"question": query, "count": self.count}, repeat)
            spent += reply.usage
            queries += _listed(reply.text)[: self.count]
        return list(dict.fromkeys(queries)), spent


def _rewritten(text: str) -> str:
    """The query in an answer: its first line that holds a letter or a digit, without quotation marks around it."""
    fenced = _FENCE.fullmatch(text)
    lines = (line.strip().strip("\"'“”`").strip() for line in (fenced[1] if fenced else text).splitlines())
    return next((line for line in lines if any(map(str.isalnum, line))), "")[:LONGEST]


def _listed(text: str) -> list[str]:
    """The queries in an answer: of its JSON, else one a line."""
    fenced = _FENCE.fullmatch(text)
    inner = fenced[1] if fenced else text
    try:
        value = json.loads(inner)
    except (ValueError, RecursionError):
        value = [_BULLET.sub("", line) for line in inner.splitlines()]
    if isinstance(value, dict):
        value = value.get("queries")
    found = [item.strip()[:LONGEST] for item in value if isinstance(item, str)] if isinstance(value, list) else []
    return [item for item in found if any(map(str.isalnum, item))]
