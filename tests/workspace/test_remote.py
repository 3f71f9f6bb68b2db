"""A workspace opened for a worker is the one of the run, with the settings that the run was given."""

import json
from pathlib import Path

import llmops
from llmops.core.names import parse_ref
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import make_plan
from llmops.flows.evaluation.remote import CaseWorker, recipe_of
from llmops.workspace.remote import open_worker
from tests.support.model_suites import model_suite


def test_a_worker_has_the_settings_that_the_run_was_given(tmp_path: Path) -> None:
    root = model_suite(tmp_path / "w", "http://127.0.0.1:9/v1", 3)
    with llmops.open(root, store__url="sqlite:///elsewhere.db") as ws:
        ws.register()
        recipe = recipe_of(ws.services, make_plan(ws.services, parse_ref("slow", "suite"), EvalOptions()))
    assert json.loads(recipe)["settings"] == {"store.url": "sqlite:///elsewhere.db"}
    worker = open_worker(recipe)
    assert isinstance(worker, CaseWorker)
    assert worker.services.store.url.endswith("elsewhere.db")
    assert worker.services.root == root
    worker.services.store.close()
