"""One interaction of a guarded request."""

from llmops.domain.interaction import Reply, Usage
from llmops.flows.interactions.guarded import entry_of
from llmops.guard.noting import Happening
from llmops.guard.policy import Policy

POLICY = Policy.from_mapping({"input": ["secrets"]})


def test_several_answers_inside_are_paid_together() -> None:
    notes = [Reply(id=f"r{n}", text="x", usage=Usage(prompt_tokens=n, cost=0.5, latency=1.0)) for n in (1, 2)]
    entry = entry_of(Happening(POLICY, asked=["a", "b"], answered=["y"], notes=notes), "docs")
    assert (entry.reply.id, entry.reply.text, entry.app) == ("r2", "y", "docs")
    assert (entry.reply.usage.prompt_tokens, entry.reply.usage.cost, entry.reply.usage.latency) == (3, 1.0, 2.0)
    assert entry.inputs == {"question": "b", "before": ["a"]}


def test_without_an_app_there_is_still_an_answer() -> None:
    told = Happening(POLICY, asked=["a"], shown={(0, "content"): "piece by piece"}, metadata={"user": 7, "plan": "pro"})
    entry = entry_of(told)
    assert (entry.reply.text, entry.user, entry.metadata) == ("piece by piece", "7", {"plan": "pro"})
    assert entry.reply.refs == {"policy": POLICY.digest}
    assert entry.reply.usage.latency > 0
