"""Budgets of evaluations: whether one can be kept at all, and what a larger one would be."""

from collections.abc import Sequence

from llmops.backends.catalogs import price_of
from llmops.core.errors import InputError
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
