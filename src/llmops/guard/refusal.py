"""What a client is told when a guard stops a request or an answer: an error as OpenAI's API gives it, so that its clients
understand it, with the policy and the checks that decided, and never the text."""

from llmops.core.hashing import Json
from llmops.domain.verdict import Verdict


def refusal(verdict: Verdict) -> Json:
    """The body of the error: `code` is `content_filter`, `param` is `input` or `output`."""
    stopping = [outcome for outcome in verdict.outcomes if outcome.stops]
    return {
        "error": {
            "message": verdict.text,
            "type": "guardrail",
            "code": "content_filter",
            "param": verdict.stage,
            "guard": {
                "policy": verdict.policy,
                "action": verdict.action,
                "checks": [{"check": outcome.check, "action": outcome.action} for outcome in stopping],
            },
        }
    }


def unreadable(problem: str, hint: str) -> Json:
    """The body of the error for what cannot be guarded, and so does not pass."""
    return {"error": {"message": f"{problem}. {hint}", "type": "guardrail", "code": "unreadable", "param": None}}
