"""Bets: how a run that stops as soon as it is decided came to its end."""

from llmops.domain.noun import Noun


class Wager(Noun):
    """One question that was bet on: a gate, or a scorer against a baseline.

    `outcome` is pass, fail or unknown for a gate, and a conclusion for a scorer. `needed` is the capital with which either
    side wins, the side for the claim first; `capital` is what both had in the end. `at` are units, `above` and `below` the
    capitals after them: a path thin enough to draw.
    """

    question: str
    outcome: str
    units: int
    needed: tuple[float, float]
    capital: tuple[float, float]
    at: tuple[int, ...] = ()
    above: tuple[float, ...] = ()
    below: tuple[float, ...] = ()


class Betting(Noun):
    """The bets of a run. Units are clusters, in the order drawn from `seed`; `units` of `of_units` were bet on, which have
    `cases` of `of_cases`. `answers` of `of_answers` were asked for altogether, what was under way at the end included, and
    `baseline_answers` of the baselines beside them. `left` names what only the full run can decide."""

    seed: int
    decided: bool
    units: int
    of_units: int
    cases: int
    of_cases: int
    answers: int
    of_answers: int
    baseline_answers: int = 0
    wagers: tuple[Wager, ...] = ()
    left: tuple[str, ...] = ()
