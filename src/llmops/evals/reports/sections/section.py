"""What a section of the page is, and what it is made of.

A section is a function from a Material to a Section; None means that there is nothing to say. `html_report.SECTIONS` lists
them in the order of the page.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report, ScoreSummary
from llmops.evals.observations import Observations
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.worst_cases import worst_results
from llmops.presentation.html import Html

MOST_CASES = 20  # folded, for a reader whose browser runs no script


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page that the navigation leads to. A `wide` one takes all of the window's width."""

    anchor: str
    title: str
    body: Html
    wide: bool = False


@dataclass
class Material:
    """What sections are made of: the report, the numbers of its run, and the answers that a person should see first.

    Results are streamed from the store; only numbers and the answers that are shown are kept.
    """

    dossier: Dossier
    observed: Observations
    worst: list[CaseResult] = field(default_factory=list)

    @classmethod
    def of(cls, dossier: Dossier) -> "Material":
        """Read the results of a run once."""
        observed = Observations()
        worst = worst_results(_seen(dossier.results(), observed), dossier.report.scores, MOST_CASES)
        return cls(dossier, observed, worst)

    @property
    def report(self) -> Report:
        """The report."""
        return self.dossier.report

    @cached_property
    def before(self) -> Observations | None:
        """The numbers of the baseline; None where there is none, or it is no longer stored."""
        return None if self.dossier.baseline is None else Observations.of(self.dossier.baseline())

    @property
    def units(self) -> dict[str, str]:
        """The unit of each scorer."""
        return {score.label: score.unit for score in self.report.scores}

    @property
    def compared(self) -> list[ScoreSummary]:
        """The scorers that both runs share and that have a range; seconds and dollars always change a little."""
        comparison = self.report.comparison
        labels = {difference.label for difference in comparison.differences} if comparison else set()
        return [score for score in self.report.scores if score.label in labels and score.range is not None]


def _seen(results: Iterable[CaseResult], observed: Observations) -> Iterable[CaseResult]:
    """Pass results on while their numbers are taken."""
    for result in results:
        observed.add(result)
        yield result
