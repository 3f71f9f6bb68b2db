"""From what an application did to what the log keeps of it: redacted, hashed, and with everything that produced it.

Making an interaction takes a millisecond, so it happens in the writer's thread; who answers only hands over an Entry.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from llmops.core.hashing import Json
from llmops.core.sections import LogSettings
from llmops.domain.interaction import Interaction, InteractionSource, Reply
from llmops.domain.verdict import Stage, Verdict
from llmops.flows.interactions.redaction import Redaction

if TYPE_CHECKING:
    from llmops.guard.policy import Policy

MAX_METADATA: Final = 50
"""Segments of one interaction; further ones are left out."""

_UNKEPT: Final = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """A request and its answer as they were, before anything is taken out of them. `policy` is the app's."""

    source: InteractionSource
    app: str
    at: datetime
    reply: Reply
    inputs: Mapping[str, Json] = field(default_factory=dict)
    user: str | None = None
    session: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)
    error: str = ""
    policy: "Policy | None" = None


def make_interaction(
    entry: Entry, settings: LogSettings, redaction: Callable[["Policy | None"], Redaction], salt: str
) -> Interaction:
    """What the log keeps of an entry."""
    reply, redact = entry.reply, redaction(entry.policy)
    keeps = settings.text == "redacted"

    def kept(text: str, stage: Stage) -> str:
        return _UNKEPT.sub("\ufffd", redact(text, stage))

    metadata = {
        str(key)[:100]: _walk(value, lambda text: kept(text, "input")[:500]) for key, value in entry.metadata.items()
    }
    contexts = tuple(
        context.model_copy(update={"text": kept(context.text, "output") if keeps else ""}) for context in reply.contexts
    )
    return Interaction(
        id=reply.id,
        at=entry.at,
        source=entry.source,
        app=entry.app,
        refs={key: value for key, value in reply.refs.items() if key != "served_from"},
        model=reply.model,
        fingerprint=reply.fingerprint,
        inputs=_walk(dict(entry.inputs), lambda text: kept(text, "input")) if keeps else {},
        output=kept(reply.text, "output") if keeps else "",
        contexts=contexts,
        verdicts=tuple(told(verdict, kept) for verdict in reply.verdicts),
        action=max((v.action for v in reply.verdicts), key=_WEIGHTS.index, default="allow"),
        finish_reason=reply.finish_reason,
        error=kept(entry.error, "output")[:2_000],
        user=hashed(entry.user, salt),
        session=hashed(entry.session, salt),
        metadata=dict(list(metadata.items())[:MAX_METADATA]),
        usage=reply.usage,
    )


def hashed(name: str | None, salt: str) -> str:
    """A user or session, of whom the log only knows whether it is the same one; empty where there is no salt to hash with."""
    if not name or not salt:
        return ""
    return hashlib.sha256(f"{salt}\n{name}".encode()).hexdigest()[:32]


def told(verdict: Verdict, kept: Callable[[str, Stage], str]) -> dict[str, Json]:
    """A verdict without the text and without where in it something was found."""
    checks = [
        {
            "check": outcome.check,
            "action": outcome.action,
            "seconds": round(outcome.seconds, 6),
            "findings": dict(Counter(finding.type for finding in outcome.findings)),
            "reason": kept(outcome.reason, verdict.stage) if outcome.action == "error" else "",
        }
        for outcome in verdict.outcomes
    ]
    return {"stage": verdict.stage, "action": verdict.action, "policy": verdict.policy, "checks": checks}


_WEIGHTS: Final = ("allow", "flag", "error", "redact", "block")


def _walk(value: Json, change: Callable[[str], str]) -> Json:
    """A value with all its texts changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {str(key): _walk(item, change) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_walk(item, change) for item in value]
    return value if value is None or isinstance(value, (bool, int, float)) else change(str(value))
