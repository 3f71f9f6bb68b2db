"""Prints a report as tables: scores with their intervals, gates, comparison, notes."""

from collections.abc import Sequence
from typing import TextIO

from llmops.domain.betting import Betting
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Comparison, Conclusion, Report, ScoreSummary
from llmops.evals.reports.case_terminal import print_worst
from llmops.evals.reports.judges import JUDGE_COLUMNS, judge_rows, people_text
from llmops.evals.reports.repeats import (
    FLAKY_COLUMNS,
    PASS_COLUMNS,
    VARIANCE_COLUMNS,
    flaky_rows,
    flaky_text,
    pass_rows,
    variance_rows,
)
from llmops.evals.reports.segments import SEGMENT_COLUMNS, gapped, segment_rows
from llmops.evals.words import (
    MARKS,
    TONES,
    conclusion_text,
    difference_text,
    display_span,
    facts,
    interval_text,
    methods_text,
    missing_text,
    p_text,
    pass_text,
    score_name,
    verdict,
)
from llmops.presentation.figures import count, number
from llmops.presentation.tables import Cell, Tone, draw_interval, print_lines, print_table

_CONCLUSION_TONES: dict[Conclusion, Tone] = {
    "better": "good",
    "worse": "bad",
    "equivalent": "",
    "not yet known": "open",
}


def print_report(report: Report, *, worst: Sequence[CaseResult] = (), file: TextIO | None = None) -> None:
    """Print a report on stdout, or to a file, with the answers to look at first."""
    heading = f"{report.suite} on {report.target}  ({report.run_id})"
    print_lines([heading, " · ".join(f"{name} {value}" for name, value in facts(report)), ""], file=file)
    print_table(
        ["scorer", "mean", "95 % interval", "", "n", "detectable", "missing", "pass rate"],
        [_score_row(score) for score in report.scores],
        right=(1, 4, 5, 6, 7),
        file=file,
        optional=(2, 5, 7, 6, 4),
    )
    if told := methods_text(report):
        print_lines([told], file=file)
    if told := people_text(report):
        print_lines(["", told], file=file)
    if report.calibrations:
        print_table(JUDGE_COLUMNS, judge_rows(report), file=file)
    _print_repeats(report, file)
    _print_segments(report, file)
    if report.decisions:
        print_lines([""], file=file)
        rows = [(Cell(MARKS[d.outcome], TONES[d.outcome]), d.gate, d.reason) for d in report.decisions]
        print_table(["gate", "", "why"], rows, file=file)
    if report.betting:
        _print_bets(report.betting, file)
    if report.comparison:
        print_lines([""], file=file)
        print_comparison(report.comparison, report.scores, file=file)
    print_worst(report, worst, file=file)
    if report.notes:
        print_lines(["", *(f"note: {note}" for note in report.notes)], file=file)
    print_lines(["", verdict(report)], file=file)


def _score_row(score: ScoreSummary) -> tuple[str, ...]:
    drawn = ""
    if score.mean is not None and score.interval is not None:
        drawn = draw_interval(score.mean, score.interval.low, score.interval.high, display_span(score))
    return (
        score_name(score),
        number(score.mean, score.unit),
        drawn,
        interval_text(score.interval, score.unit),
        f"{score.n:,}",
        number(score.detectable, score.unit),
        missing_text(score),
        pass_text(score),
    )


def _print_segments(report: Report, file: TextIO | None) -> None:
    """The segments that are told from the rest; how many others the pages have."""
    compared = len(gapped(report))
    if not compared:
        return
    told = segment_rows(report, only_told=True)
    print_lines([""], file=file)
    if told:
        print_table(SEGMENT_COLUMNS, told, right=(3, 5, 7), title="segments that differ from the rest", file=file)
    others = count(compared - len(told), "other") if told else count(compared, "segment")
    print_lines([f"{others} cannot be told from the rest; a report file shows all of them."], file=file)


def _print_repeats(report: Report, file: TextIO | None) -> None:
    for columns, rows, title in (
        (VARIANCE_COLUMNS, variance_rows(report), "where the spread of the mean comes from"),
        (PASS_COLUMNS, pass_rows(report), "how often k answers pass"),
        (FLAKY_COLUMNS, flaky_rows(report), flaky_text(report)),
    ):
        if rows:
            print_lines([""], file=file)
            print_table(columns, rows, title=title, file=file)


def _print_bets(betting: Betting, file: TextIO | None) -> None:
    from llmops.evals.reports import bets

    print_lines([""], file=file)
    print_table(bets.COLUMNS, bets.rows(betting), right=(2, 3, 4), title=bets.headline(betting), file=file)
    told = [f"note: {text}" for text in (bets.left_text(betting), bets.CAUTION) if text]
    print_lines(told, file=file)


def print_comparison(comparison: Comparison, scores: Sequence[ScoreSummary], *, file: TextIO | None = None) -> None:
    """Print the differences to a baseline, and what could not be compared."""
    units = {score.label: score.unit for score in scores}
    rows = [
        (
            found.label,
            difference_text(found, units.get(found.label, "")),
            f"{found.wins:,} / {found.losses:,} / {found.ties:,}",
            p_text(found.p),
            Cell(conclusion_text(found), _CONCLUSION_TONES[found.conclusion]),
        )
        for found in comparison.differences
    ]
    heading = f"against {comparison.baseline} ({comparison.baseline_run})"
    if rows:
        columns = ["scorer", "difference (95 % interval)", "won / lost / tied", "p (Holm)", "conclusion"]
        print_table(columns, rows, right=(2, 3), title=heading, file=file, optional=(3, 2))
    else:
        print_lines([heading], file=file)
    print_lines((f"note: {note}" for note in comparison.notes), file=file)
