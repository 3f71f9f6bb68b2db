"""How a run that stops when it is decided came to its decision: each bet with the path of its capitals."""

from llmops.domain.betting import Wager
from llmops.evals.reports.bets import CAUTION, capital_text, headline, left_text
from llmops.evals.reports.sections.section import Material, Section
from llmops.presentation.html import Html, element, join
from llmops.presentation.paths import Path, draw_paths
from llmops.presentation.pieces import figure


def betting(material: Material) -> Section | None:
    """A figure for every bet."""
    told = material.report.betting
    if told is None:
        return None
    parts = [element("p", headline(told)), element("div", *map(_figure, told.wagers), class_="figures")]
    if left := left_text(told):
        parts.append(element("p", f"{left[0].upper()}{left[1:]}."))
    legend = (
        f"A capital of 1 is staked on the claim (solid) and one against it (dashed), in an order drawn from seed "
        f"{told.seed}; the first to reach its dashed line decides. {CAUTION}"
    )
    return Section("betting", "Until decided", join([*parts, element("p", legend, class_="soft small")]))


def _figure(wager: Wager) -> Html:
    paths = [Path("capital for it", wager.at, wager.above, "for"), Path("capital against it", wager.at, wager.below)]
    drawn = draw_paths(paths, wager.needed, title=f"Capitals bet on {wager.question}")
    sides = zip(("for it", "against it"), wager.capital, wager.needed, strict=True)
    ends = ", ".join(f"{capital_text(capital)} of {goal:g} {side}" for side, capital, goal in sides)
    return figure(wager.question, f"{wager.outcome} after {wager.units:,}: {ends}", drawn)
