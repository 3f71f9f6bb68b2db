"""How judges compare with people, in rows for every kind of report."""

from typing import TextIO

from llmops.domain.calibration import Calibration
from llmops.domain.report import Report
from llmops.evals.words import MARKS
from llmops.presentation.figures import count, number, percent
from llmops.presentation.tables import print_lines, print_table

JUDGE_COLUMNS = (
    "scorer", "labels", "agreement", "kappa (95 %)", "judge's mean", "corrected mean (95 %)", "Rogan–Gladen (95 %)",
    "length bias (95 %)", "flips (95 %)",
)  # fmt: skip


def judge_rows(report: Report) -> list[tuple[str, ...]]:
    """For each scorer that people checked: agreement, corrected means, and what sways it."""
    return [
        (
            found.scorer,
            f"{found.labels:,} ({found.sampled:,} of {found.drawn:,} drawn)",
            percent(found.agreement),
            _with(found.kappa, found.kappa_interval, 2),
            number(found.judged_mean),
            _with(found.corrected, found.corrected_interval),
            _with(found.rogan_gladen, found.rogan_gladen_interval),
            _with(found.length_bias, found.length_bias_interval, 2),
            _with(found.flips, found.flips_interval, 2),
        )
        for found in report.calibrations
    ]


def people_text(report: Report) -> str:
    """Say how many people checked scores, or who judged without being checked; empty where nobody judged."""
    if report.calibrations:
        people = max(found.people for found in report.calibrations)
        return f"Scores against what {count(people, 'person', 'people')} said:"
    if not report.judge:
        return ""
    models = ", ".join(report.judge.models)
    return f"The judge {models} has not been compared with people on this run: llmops judge sample {report.suite}"


def confusion_rows(found: Calibration) -> list[tuple[str, ...]]:
    """How often the judge said what where people said what: people in rows."""
    return [
        (f"people: {name}", *(f"{n:,}" for n in row))
        for name, row in zip(found.categories, found.confusion, strict=True)
    ]


def _with(value: float | None, interval: tuple[float, float] | None, digits: int = 3) -> str:
    if value is None:
        return "–"
    told = f"{value:.{digits}f}".replace("-", "−")
    if interval is None:
        return told
    low, high = (f"{end:.{digits}f}".replace("-", "−") for end in interval)
    return f"{told} ({low} to {high})"


def print_judges(report: Report, *, file: TextIO | None = None) -> None:
    """Print how judges compare with people, and what gates that demand it say now."""
    for found in report.calibrations:
        rows = [
            ("labels", f"{found.labels:,} by {count(found.people, 'person', 'people')}"),
            (
                "of the drawn sample",
                f"{found.sampled:,} of {found.drawn:,}" if found.drawn else "none was drawn: no gate",
            ),
            (
                "agreement",
                percent(found.agreement) + (f" ({found.weights} weights)" if found.weights != "none" else ""),
            ),
            ("Cohen's kappa", _with(found.kappa, found.kappa_interval, 2)),
            ("judge's mean", number(found.judged_mean)),
            ("people's mean", number(found.people_mean)),
            ("corrected mean", _with(found.corrected, found.corrected_interval)),
            ("Rogan–Gladen", _with(found.rogan_gladen, found.rogan_gladen_interval)),
            ("score and length", _with(found.score_by_length, None, 2)),
            ("bias by length", _with(found.length_bias, found.length_bias_interval, 2)),
            ("flips with the order", _with(found.flips, found.flips_interval, 2)),
        ]
        print_table([found.scorer, ""], [(name, text) for name, text in rows if text != "–"], file=file)
        print_lines([""], file=file)
        columns = ["", *(f"judge: {name}" for name in found.categories)]
        print_table(columns, confusion_rows(found), right=range(1, len(columns)), file=file)
        print_lines([""], file=file)
    asked = [decision for decision in report.decisions if decision.asked is not None]
    if asked:
        rows = [(MARKS[decision.outcome], f"{decision.gate}: {decision.reason}") for decision in asked]
        print_table(["gate", "why"], rows, file=file)
