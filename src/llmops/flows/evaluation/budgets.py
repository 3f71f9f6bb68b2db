"""Budgets of evaluations: whether one can be kept at all, and what remains of it for the next suite."""

from collections.abc import Sequence

from llmops.backends.catalogs import price_of
from llmops.core.errors import InputError
from llmops.domain.report import Report
from llmops.domain.spending import Budget
from llmops.flows.services import Services
from llmops.presentation.figures import listed


def refuse_unknown_prices(services: Services, budget: Budget | None, models: Sequence[str]) -> None:
    """Refuse a budget in dollars for models whose price nobody knows, before any of them is asked.

    Raises:
        InputError: there is such a model.
    """
    if budget is None or budget.usd is None:
        return
    unknown = [model for model in dict.fromkeys(models) if price_of(model, services.settings) is None]
    if unknown:
        raise InputError(
            f"no price is known for {listed(unknown)}, so a budget in dollars cannot be kept",
            hint="Limit tokens, calls or minutes in its place: --budget tokens=200000",
        )


def larger(budget: Budget) -> str:
    """Twice as much, as it is written after `--budget`."""
    doubled = {unit: 2 * limit for unit, limit in budget.model_dump(exclude_none=True).items()}
    if list(doubled) == ["usd"]:
        return f"{doubled['usd']:g}"
    return ",".join(f"{unit}={limit:g}" if limit < 1e6 else f"{unit}={limit:.0f}" for unit, limit in doubled.items())


def remaining(budget: Budget | None, report: Report) -> Budget | None:
    """What of a budget is left after a run, for those that come after it; at least next to nothing, never a limit of zero."""
    if budget is None:
        return None
    left = {
        "usd": None if budget.usd is None else max(1e-9, budget.usd - report.spent.cost),
        "tokens": None if budget.tokens is None else max(1, budget.tokens - report.spent.tokens),
        "calls": None if budget.calls is None else max(1, budget.calls - report.spent.calls),
        "minutes": None if budget.minutes is None else max(1e-9, budget.minutes - report.seconds / 60),
    }
    return Budget(**{unit: limit for unit, limit in left.items() if limit is not None})
