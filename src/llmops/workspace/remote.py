"""Opens the workspace of a run in another process, for the workers of an executor."""

import json

from llmops.backends.executors import Worker
from llmops.flows.index_worker import INDEX, IndexWorker


def open_worker(recipe: str) -> Worker:
    """A worker on the workspace that a recipe names, with the settings that the run was given."""
    told = json.loads(recipe)
    if told.get("work") == INDEX:
        return IndexWorker(recipe)
    from llmops.flows.evaluation.remote import CaseWorker  # with all that answers and scores
    from llmops.workspace.workspace import open_workspace

    settings = {key.replace(".", "__"): value for key, value in told["settings"].items()}
    return CaseWorker(open_workspace(told["root"], **settings).services, recipe)
