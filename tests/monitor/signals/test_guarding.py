"""How often guards act."""

from llmops.core.hashing import Json
from llmops.monitor.signals.guarding import GuardRate
from tests.support.interactions import interaction


def verdict(stage: str, **actions: str) -> Json:
    return {"stage": stage, "action": "flag", "checks": [{"check": c, "action": a} for c, a in actions.items()]}


def test_by_action_check_and_stage() -> None:
    one = interaction(verdicts=(verdict("input", pii="redact", injection="allow"), verdict("output", pii="allow")))
    assert GuardRate().measure(one) == 1
    assert GuardRate(action="block").measure(one) == 0
    assert GuardRate(check="injection").measure(one) == 0
    assert [GuardRate(check="pii", stage=stage).measure(one) for stage in ("input", "output")] == [1, 0]
    assert GuardRate(check="urls").measure(one) is None
    assert GuardRate().measure(interaction(verdicts=())) is None
