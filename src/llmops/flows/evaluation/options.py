"""How a suite is run: what `llmops eval` and `ws.eval` may say beside the suite's file."""

from dataclasses import dataclass

from llmops.domain.spending import Budget
from llmops.evals.allowance import Allowance


@dataclass(frozen=True, slots=True)
class EvalOptions:
    """How to run a suite. `compare` is a run id, a ref, or an alias of the target; `use_cache` is about replies.

    `resume` is the id of a run that goes on, with what it was asked with at first; `retry_errors` asks its failed answers
    again. `until_decided` stops as soon as the gates (or the comparison) are decided; a run on the same digests goes on.
    `budget` stands in for the suite's; `allowance` is what is left of it, shared by all runs that may take from it.
    `executor` says where cases are carried out.
    """

    target: str | None = None
    model: str | None = None
    repeats: int | None = None
    limit: int | None = None
    concurrency: int = 10
    compare: str | None = None
    use_cache: bool = True
    resume: str | None = None
    retry_errors: bool = False
    until_decided: bool | None = None
    budget: Budget | None = None
    allowance: Allowance | None = None
    executor: str = "local"
