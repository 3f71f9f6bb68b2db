"""What the log keeps of a guarded request: one interaction, with what an app inside has answered."""

import time
from collections.abc import Mapping

from llmops.core.hashing import Json
from llmops.core.names import new_id
from llmops.domain.interaction import Reply, Usage
from llmops.flows.interactions.entries import Entry
from llmops.guard.noting import Happening


def entry_of(happening: Happening, app: str = "") -> Entry:
    """An entry of a request that has ended. Reply, contexts, tokens and digests are those of the app that was asked last."""
    texts = [*happening.answered, *happening.shown.values()]
    seconds = time.perf_counter() - happening.began
    stopping = [verdict for verdict in happening.verdicts if verdict.blocked]
    inside = (
        happening.notes[-1] if happening.notes else Reply(id=new_id("reply"), text="", usage=Usage(latency=seconds))
    )
    refs = {"policy": happening.policy.digest, **inside.refs}
    reply = inside.model_copy(
        update={
            "text": "\n".join(text for text in texts if text) or (stopping[0].text if stopping else inside.text),
            "verdicts": (*happening.verdicts, *inside.verdicts),
            "blocked": inside.blocked or bool(stopping),
            "finish_reason": "content_filter" if stopping else inside.finish_reason,
            "usage": _together(happening.notes) if len(happening.notes) > 1 else inside.usage,
            "refs": refs,
        }
    )
    metadata = dict(happening.metadata)
    user, session, more = (metadata.pop(name, None) for name in ("user", "session", "metadata"))
    if isinstance(more, Mapping):
        metadata |= more
    asked = happening.asked
    inputs: dict[str, Json] = {"question": asked[-1]} if asked else {}
    if len(asked) > 1:
        inputs["before"] = asked[:-1]
    return Entry(
        "guard",
        app,
        happening.at,
        reply,
        inputs,
        _name(user),
        _name(session),
        metadata,
        happening.error,
        happening.policy,
    )


def _name(value: Json) -> str | None:
    return None if value is None else str(value)


def _together(replies: list[Reply]) -> Usage:
    """What several answers took."""
    used = [reply.usage for reply in replies]
    costs = [usage.cost for usage in used]
    return Usage(
        prompt_tokens=sum(usage.prompt_tokens for usage in used),
        completion_tokens=sum(usage.completion_tokens for usage in used),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
        latency=sum(usage.latency for usage in used),
        first_token=used[0].first_token,
    )
