"""Plans: what a run says about itself before it asks."""

from pathlib import Path

import llmops
from llmops.core.names import parse_ref
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import make_plan


def test_a_plan_names_what_the_run_will_be_known_by(ready: Path) -> None:
    with llmops.open(ready) as ws:
        plan = make_plan(ws.services, parse_ref("suite/docs"), EvalOptions(limit=3, repeats=2, compare="production"))
    assert plan.parameters == {
        "target": plan.target.name,
        "repeats": 2,
        "limit": 3,
        "compare": "production",
        "cases": 3,
        "asked": {"suite": "suite/docs", "limit": 3, "repeats": 2, "compare": "production"},
        "scorers": {loaded.label: loaded.identity for loaded in plan.scorers},
    }
    assert {"suite", "dataset", "app", "prompt", "model", "parameters"} <= plan.refs.keys()


def test_the_baselines_are_those_of_the_gates_and_of_compare(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text() + "  - {scorer: contains, no_worse_than: production, margin: 0.1}\n")
    with llmops.open(ready) as ws:
        assert make_plan(ws.services, parse_ref("suite/docs"), EvalOptions()).baselines == ["production"]
        compared = make_plan(ws.services, parse_ref("suite/docs"), EvalOptions(compare="staging"))
        assert compared.baselines == ["production", "staging"]
