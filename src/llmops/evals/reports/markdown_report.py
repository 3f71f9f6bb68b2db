"""Writes a report as Markdown, for pull requests and notes."""

from typing import TextIO

from llmops.domain.betting import Betting
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report
from llmops.evals.reports.dossier import Dossier
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
from llmops.evals.reports.segments import SEGMENT_COLUMNS, segment_rows
from llmops.evals.reports.worst_cases import worst_results
from llmops.evals.words import (
    MARKS,
    conclusion_text,
    difference_text,
    facts,
    interval_text,
    method_text,
    missing_text,
    pass_text,
    score_name,
    verdict,
)
from llmops.presentation.cleaning import excerpt
from llmops.presentation.figures import number
from llmops.presentation.markdown import bullets, escape, fence, table

WORST = 5
LONGEST = 1000


def write_markdown(dossier: Dossier, stream: TextIO) -> None:
    """Write the report, with its five worst answers."""
    report = dossier.report
    stream.write(summary(report))
    worst = worst_results(dossier.results(), report.scores, WORST)
    if worst:
        stream.write("\n\n## Worst answers\n")
        for result in worst:
            stream.write("\n" + _case(result) + "\n")
    if dossier.command:
        stream.write(f"\n## Do it again\n\n{fence(dossier.command)}\n")


def summary(report: Report) -> str:
    """The report without cases: verdict, gates, scores, comparison, notes."""
    parts = [
        f"# {escape(report.suite)} on {escape(report.target)}",
        f"**{verdict(report)}**",
        bullets(f"{name}: {value}" for name, value in [("run", report.run_id), *facts(report)]),
    ]
    if report.decisions:
        rows = [(MARKS[d.outcome], d.gate, d.reason) for d in report.decisions]
        parts += ["## Gates", table(["outcome", "gate", "why"], rows)]
    if report.betting:
        parts += _bets(report.betting)
    scores = [
        (
            score_name(score),
            number(score.mean, score.unit),
            interval_text(score.interval, score.unit),
            method_text(score.interval),
            f"{score.n:,}",
            number(score.detectable, score.unit),
            missing_text(score),
            pass_text(score),
        )
        for score in report.scores
    ]
    columns = ["scorer", "mean", "95 % interval", "method", "n", "detectable", "missing", "pass rate"]
    parts += ["## Scores", table(columns, scores, right=(1, 4, 5, 6, 7))]
    if told := people_text(report):
        parts += ["## Judges and people", escape(told)]
    if report.calibrations:
        parts.append(table(JUDGE_COLUMNS, judge_rows(report)))
    parts += _repeats(report) + _segments(report) + _comparison(report)
    if report.notes:
        parts += ["## Notes", bullets(report.notes)]
    return "\n\n".join(parts)


def _repeats(report: Report) -> list[str]:
    tables = [
        table(columns, rows)
        for columns, rows in (
            (VARIANCE_COLUMNS, variance_rows(report)),
            (PASS_COLUMNS, pass_rows(report)),
            (FLAKY_COLUMNS, flaky_rows(report)),
        )
        if rows
    ]
    return ["## Repeats", *([escape(told)] if (told := flaky_text(report)) else []), *tables] if tables else []


def _segments(report: Report) -> list[str]:
    rows = segment_rows(report)
    return ["## Segments", table(SEGMENT_COLUMNS, rows, right=(3, 5, 7))] if rows else []


def _comparison(report: Report) -> list[str]:
    comparison = report.comparison
    if comparison is None:
        return []
    units = {score.label: score.unit for score in report.scores}
    rows = [
        (
            found.label,
            difference_text(found, units.get(found.label, "")),
            f"{found.wins:,} / {found.losses:,} / {found.ties:,}",
            conclusion_text(found),
        )
        for found in comparison.differences
    ]
    parts = [f"## Against {escape(comparison.baseline)} ({escape(comparison.baseline_run)})"]
    if rows:
        parts.append(table(["scorer", "difference (95 % interval)", "won / lost / tied", "conclusion"], rows))
    return [*parts, bullets(comparison.notes)] if comparison.notes else parts


def _bets(betting: Betting) -> list[str]:
    """The bets with their paths as characters."""
    from llmops.evals.reports import bets

    parts = ["## Until decided", escape(bets.headline(betting)), table(bets.COLUMNS, bets.rows(betting))]
    return [*parts, bullets(text for text in (bets.left_text(betting), bets.CAUTION) if text)]


def _case(result: CaseResult) -> str:
    told = [
        f"{label} {number(score.value) if score.status == 'scored' else score.status.replace('_', ' ')}"
        for label, score in result.scores.items()
    ]
    parts = [f"### {escape(result.case_id)}", escape(" · ".join(told))]
    texts = [("input", value) for value in result.inputs.values()]
    texts += [("expected", value) for value in result.expectations.values()]
    for name, value in texts:
        parts.append(f"{name}:\n\n{fence(excerpt(value if isinstance(value, str) else repr(value), LONGEST))}")
    answer = result.output if result.error is None else f"no answer: {result.error}"
    parts.append(f"output:\n\n{fence(excerpt(answer or '', LONGEST))}")
    return "\n\n".join(parts)
