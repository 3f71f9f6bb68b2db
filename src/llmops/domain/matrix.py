"""A matrix: one suite on several targets, a run for each cell, all compared with one of them."""

from llmops.domain.noun import Noun
from llmops.domain.report import Comparison, Outcome, Report


class Cell(Noun):
    """One target of a matrix. `error` says why there is no report; `comparison` is with the baseline of the matrix, with
    conclusions that hold for all cells together."""

    target: str
    report: Report | None = None
    comparison: Comparison | None = None
    error: str = ""

    @property
    def outcome(self) -> Outcome:
        """What the gates say; unknown where there is no report."""
        return "unknown" if self.report is None else self.report.outcome


class Matrix(Noun):
    """What a suite found on several targets. `family` is how many differences the correction is over."""

    suite: str
    cells: tuple[Cell, ...]
    baseline: str = ""
    family: int = 0

    @property
    def outcome(self) -> Outcome:
        """All cells together: fail if one fails, else unknown if one is unknown, else pass."""
        outcomes = {cell.outcome for cell in self.cells}
        return "fail" if "fail" in outcomes else "unknown" if "unknown" in outcomes else "pass"

    @property
    def failed(self) -> bool:
        """Whether a cell has no report, because the world outside failed."""
        return any(cell.report is None for cell in self.cells)
