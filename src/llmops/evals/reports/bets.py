"""The bets of a run in words, the same in the terminal, in Markdown and in HTML."""

from llmops.domain.betting import Betting, Wager
from llmops.presentation.figures import count, percent
from llmops.presentation.paths import spark

COLUMNS = ["bet on", "outcome", "after", "capital for it", "against it", "path"]
CAUTION = "A run that stops when it is decided leans towards its decision: its means and intervals describe the cases it asked."


def headline(betting: Betting) -> str:
    """When the run stopped and what that saved."""
    what = "case" if betting.units == betting.cases and betting.of_units == betting.of_cases else "cluster"
    told = f"after {betting.units:,} of {count(betting.of_units, what)}"
    if what == "cluster":
        told += f" ({betting.cases:,} of {count(betting.of_cases, 'case')})"
    spared = betting.of_answers - betting.answers
    asked = f"{betting.answers:,} of {count(betting.of_answers, 'answer')} asked for"
    if spared > 0:
        asked += f", {spared:,} spared ({percent(spared / betting.of_answers)})"
    if betting.baseline_answers:
        asked += f", beside {betting.baseline_answers:,} of the baseline"
    if betting.decided:
        return f"Decided {told}: {asked}."
    return f"Not decided {told}: {asked}."


def rows(betting: Betting) -> list[tuple[str, ...]]:
    """One row for each bet, as `COLUMNS`."""
    return [
        (
            wager.question,
            wager.outcome,
            f"{wager.units:,}",
            f"{capital_text(wager.capital[0])} of {wager.needed[0]:g}",
            f"{capital_text(wager.capital[1])} of {wager.needed[1]:g}",
            spark(*richer(wager)),
        )
        for wager in betting.wagers
    ]


def richer(wager: Wager) -> tuple[tuple[float, ...], float]:
    """The path of the side that is nearer to its goal, and the goal."""
    for_it, against = (capital / goal for capital, goal in zip(wager.capital, wager.needed, strict=True))
    return (wager.above, wager.needed[0]) if for_it >= against else (wager.below, wager.needed[1])


def left_text(betting: Betting) -> str:
    """What only the full run can decide; empty where there is nothing."""
    return f"left to the full run: {', '.join(betting.left)}" if betting.left else ""


def capital_text(capital: float) -> str:
    """A capital with as many digits as say something."""
    return f"{capital:.1f}" if capital >= 10 else f"{capital:.2f}" if capital >= 0.01 else "< 0.01"
