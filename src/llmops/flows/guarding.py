"""Guards an app: what comes in before retrieval and the model see it, and the reply before anybody does."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.interaction import ChatRequest, Message, Reply
from llmops.domain.verdict import Verdict
from llmops.rag.context import find_citations

if TYPE_CHECKING:
    from llmops.guard.policy import Policy

BLOCKED_REASON = "content_filter"
"""The finish reason of a reply that a policy blocked, as OpenAI calls it."""


@dataclass(frozen=True, slots=True)
class Guarded:
    """What a guard made of an app's inputs: values and turns with redactions, or a verdict that stops them."""

    values: dict[str, Json]
    history: list[Message]
    verdicts: tuple[Verdict, ...]

    @property
    def is_blocked(self) -> bool:
        """Whether the request must not go on."""
        return any(verdict.blocked for verdict in self.verdicts)


async def guard_inputs(policy: "Policy", values: Mapping[str, Json], history: Sequence[Message]) -> Guarded:
    """Check every text that somebody sends: inputs, lists of texts among them, and the turns of a conversation.

    It stops at the first text that must not go on.
    """
    verdicts: list[Verdict] = []

    async def checked(value: Json) -> Json:
        if isinstance(value, str) and not (verdicts and verdicts[-1].blocked):
            verdicts.append(await policy.acheck_input(value))
            return verdicts[-1].text
        if isinstance(value, (list, tuple)):
            return [await checked(item) for item in value]
        if isinstance(value, Mapping):
            return {key: await checked(item) for key, item in value.items()}
        return value

    turns = [
        turn.model_copy(update={"content": await checked(turn.content)}) if turn.content else turn for turn in history
    ]
    return Guarded({name: await checked(value) for name, value in values.items()}, turns, tuple(verdicts))


def blocked_reply(verdicts: Sequence[Verdict], message: str, refs: Mapping[str, str]) -> Reply:
    """The reply in place of an answer: the app's `block_message`, else the policy's."""
    stopping = next(verdict for verdict in verdicts if verdict.blocked)
    return Reply(
        id=new_id("reply"),
        text=message or stopping.text,
        finish_reason=BLOCKED_REASON,
        verdicts=tuple(verdicts),
        blocked=True,
        refs=dict(refs),
    )


async def guard_reply(policy: "Policy", reply: Reply, request: ChatRequest, message: str) -> Reply:
    """Check what a model answered, with the contexts and the system prompt that it was given.

    Tool calls and parsed data of an answer that is not as the model gave it are dropped with it.
    """
    verdict = await policy.acheck_output(
        reply.text,
        contexts=reply.contexts,
        system=system_of(request),
        tool_calls=reply.tool_calls,
        question=request.question,
    )
    if verdict.blocked:
        return stopped_reply(reply, verdict, message)
    verdicts = (*reply.verdicts, verdict)
    if verdict.text == reply.text:
        return reply.model_copy(update={"verdicts": verdicts})
    changed = {
        "text": verdict.text,
        "data": parse_data(verdict.text) if request.output else None,
        "citations": find_citations(verdict.text, reply.contexts),
    }
    return reply.model_copy(update={**changed, "verdicts": verdicts})


def stopped_reply(reply: Reply, verdict: Verdict, message: str) -> Reply:
    """A reply without the answer that a verdict stops."""
    nothing = {
        "data": None,
        "citations": (),
        "unknown_citations": (),
        "tool_calls": (),
        "finish_reason": BLOCKED_REASON,
        "blocked": True,
    }
    verdicts = (*reply.verdicts, verdict)
    return reply.model_copy(update={**nothing, "text": message or verdict.text, "verdicts": verdicts})


def system_of(request: ChatRequest) -> str:
    """The system prompt that a model was given."""
    return "\n".join(turn.content for turn in request.messages if turn.role == "system")


def parse_data(text: str) -> Json:
    """The answer as JSON, or None where the model did not keep to the schema; `json_schema` scores that."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
