"""Estimates: what a run would ask and take."""

from llmops.domain.noun import Noun


class CallEstimate(Noun):
    """The calls to one model, as `target` or as `judge`. `cached` of them have a reply in the cache; tokens are those of all
    calls, `cost` in US dollars that of those to be paid for, None where no price is known."""

    role: str
    model: str
    calls: int
    cached: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None


class Estimate(Noun):
    """What a run of a suite would ask. `notes` say what the numbers rest on."""

    suite: str
    target: str
    cases: int
    repeats: int
    parts: tuple[CallEstimate, ...]
    notes: tuple[str, ...] = ()

    @property
    def cost(self) -> float | None:
        """US dollars of all parts; None where the price of one is not known."""
        costs = [part.cost for part in self.parts]
        return None if None in costs else sum(cost for cost in costs if cost is not None)
