"""Cases carried out in other processes: the driver sends a case and gets its result; nothing else leaves it.

A worker opens the same workspace, makes the same plan and refuses to work if its digests are others. Replies of models go into
the reply cache where they are made, so a worker that dies costs only the calls under way; results are stored by the driver.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from llmops.backends.executors import Worker, find_executor, read_error, written_error
from llmops.core.bridge import on_loop
from llmops.core.errors import InputError, LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import parse_ref
from llmops.domain.evaluation import Case, CaseResult
from llmops.evals.course import Job
from llmops.evals.executor import Done, Executor, LocalExecutor
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.evaluation.plan import ASKED, Plan, make_plan
from llmops.flows.evaluation.preparing import prepare_plan
from llmops.flows.services import Services


def recipe_of(services: Services, plan: Plan) -> str:
    """What a worker needs to make the same plan: the workspace with its settings, the suite, the options, the digests."""
    given = {one.key: one.value for one in services.settings if one.source not in ("default", "llmops.toml")}
    recipe = {
        "root": str(services.root),
        "settings": given,
        "suite": str(plan.ref),
        "options": {name: getattr(plan.options, name) for name in (*ASKED, "use_cache")},
        "refs": dict(plan.refs),
    }
    return json.dumps(recipe)


class CaseWorker:
    """Carries out cases in a process of its own.

    Args:
        services: the workspace as it is opened here.
        recipe: what `recipe_of` wrote.
    """

    def __init__(self, services: Services, recipe: str) -> None:
        self.services, self._recipe = services, json.loads(recipe)
        self._executor: LocalExecutor | None = None

    async def do(self, work: str) -> str:
        """Carry out a case; an error that no case survives is part of what is said."""
        return await on_loop(self._do(json.loads(work)))

    async def close(self) -> None:
        """Let the workspace go."""
        await on_loop(self.services.close())

    async def _do(self, work: Json) -> str:
        try:
            done = await (await self._opened()).carry_out(Job(Case(**work["case"]), work["repeat"]))
        except LlmopsError as error:
            return json.dumps({"broken": written_error(error)})
        failure = None if done.failure is None else written_error(done.failure)
        return json.dumps({"result": done.result.model_dump(mode="json"), "failure": failure})

    async def _opened(self) -> LocalExecutor:
        if self._executor is None:
            suite, options = parse_ref(self._recipe["suite"], "suite"), EvalOptions(**self._recipe["options"])
            plan = await prepare_plan(make_plan(self.services, suite, options))
            if dict(plan.refs) != self._recipe["refs"]:
                raise InputError(
                    f"a worker sees other versions than the run in {self.services.root}",
                    hint="Workers need the same folder and the same store; see docs/executors.md.",
                )
            self._executor = LocalExecutor(plan.target.asked, plan.scorers)
        return self._executor


class RemoteExecutor:
    """Has workers carry out the jobs."""

    def __init__(self, workers: Worker) -> None:
        self._workers = workers

    async def carry_out(self, job: Job) -> Done:
        """Send the case and read what came of it; raises what no job can survive."""
        work = {"case": job.case.model_dump(mode="json"), "repeat": job.repeat}
        said = json.loads(await self._workers.do(json.dumps(work)))
        if "broken" in said:
            raise read_error(said["broken"])
        failure = said["failure"]
        return Done(CaseResult.model_validate(said["result"]), None if failure is None else read_error(failure))


@asynccontextmanager
async def carried_out(services: Services, plan: Plan) -> AsyncIterator[Executor]:
    """Where the jobs of a plan are carried out, as its options say; workers are let go at the end.

    Raises:
        NotFound: there is no such executor.
        ExtraMissing: it needs a library that is not installed.
    """
    open_workers = find_executor(plan.options.executor)
    if open_workers is None:
        yield LocalExecutor(plan.target.asked, plan.scorers)
        return
    recipe, concurrency = recipe_of(services, plan), plan.options.concurrency
    workers = open_workers(services.settings, opener=services.opener, recipe=recipe, concurrency=concurrency)
    try:
        yield RemoteExecutor(workers)
    finally:
        await workers.close()
