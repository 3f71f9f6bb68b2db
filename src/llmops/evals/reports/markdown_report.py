"""Writes a report as Markdown, for pull requests and notes: at a glance first, the rest folded."""

from collections.abc import Collection, Iterator, Sequence
from typing import TextIO

from llmops.domain.betting import Betting
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report
from llmops.evals.reports.case_texts import answer_text, value_text
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
    p_text,
    pass_text,
    score_name,
    verdict,
)
from llmops.presentation.cleaning import excerpt
from llmops.presentation.diffs import ContentChange, change_lines
from llmops.presentation.figures import number
from llmops.presentation.markdown import bullets, escape, fence, fold, table

WORST = 5
LONGEST = 1000
MOST_FIELDS = 8
MOST_ROWS = 60  # of one table
LIMIT = 60_000  # characters; a comment on GitHub has at most 65,536


def write_markdown(dossier: Dossier, stream: TextIO) -> None:
    """Write the report: what was decided and the scores first, everything else folded, short enough for a comment."""
    report = dossier.report
    text = summary(report)
    left_out = []
    for title, body in _folds(dossier):
        part = "\n\n" + fold(title, body)
        if len(text) + len(part) <= LIMIT:
            text += part
        else:
            left_out.append(title)
    if left_out:
        told = f"Too long for a comment, so left out: {', '.join(left_out)}. All of it:"
        text += f"\n\n{escape(told)}\n\n{fence(f'llmops runs export {report.run_id} -o report.html')}"
    stream.write(text + "\n")


def summary(report: Report) -> str:
    """The report at a glance: verdict, facts, gates, scores with their differences to the baseline, notes."""
    parts = [
        f"# {escape(report.suite)} on {escape(report.target)}",
        f"**{verdict(report)}**",
        escape(" · ".join(f"{name} {value}" for name, value in facts(report))),
    ]
    if report.decisions:
        rows = [(MARKS[d.outcome], d.gate, excerpt(d.reason, LONGEST)) for d in report.decisions]
        parts.append(_table(["gate", "", "why"], rows))
    if report.betting:
        parts += _bets(report.betting)
    parts.append(_scores(report))
    if told := people_text(report):
        parts += ["## Judges and people", escape(told)]
    if report.calibrations:
        parts.append(_table(JUDGE_COLUMNS, judge_rows(report)))
    comparison = report.comparison
    if comparison:
        parts.append(escape(f"Compared with {comparison.baseline} ({comparison.baseline_run}), case by case."))
    notes = [*(comparison.notes if comparison else ()), *report.notes]
    if notes:
        parts.append(bullets(excerpt(note, LONGEST) for note in notes[:MOST_ROWS]))
    return "\n\n".join(parts)


def _scores(report: Report) -> str:
    """Means and intervals and, where runs were compared, the difference and what it says."""
    comparison = report.comparison
    found = {difference.label: difference for difference in comparison.differences} if comparison else {}
    columns = ["scorer", "mean", "95 % interval", "n"]
    columns += ["difference (95 % interval)", "conclusion"] if comparison else ["missing", "pass rate"]
    rows = []
    for score in report.scores:
        cells = [
            score_name(score),
            number(score.mean, score.unit),
            interval_text(score.interval, score.unit),
            f"{score.n:,}",
        ]
        if comparison is None:
            cells += [missing_text(score), pass_text(score)]
        elif score.label in found:
            difference = found[score.label]
            cells += [difference_text(difference, score.unit), conclusion_text(difference)]
        else:
            cells += ["–", "not compared"]
        rows.append(cells)
    return _table(columns, rows, right=(1, 3) if comparison else (1, 3, 4, 5))


def _folds(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """What is folded, the most wanted first: title and Markdown."""
    report = dossier.report
    worst = worst_results(dossier.results(), report.scores, WORST)
    if worst:
        yield "Worst answers", "\n\n".join(_case(result) for result in worst)
    if dossier.changes:
        yield "What changed", "\n\n".join(map(_change, dossier.changes))
    parts = _segments(report)
    if parts:
        yield "Segments", "\n\n".join(parts)
    parts = _repeats(report)
    if parts:
        yield "Repeats", "\n\n".join(parts)
    yield "All figures", _figures(report)
    refs = bullets(f"{name}: {value}" for name, value in [("run", report.run_id), *sorted(report.refs.items())])
    again = f"\n\nTo do it again:\n\n{fence(dossier.command)}" if dossier.command else ""
    yield "How this came about", refs + again


def _figures(report: Report) -> str:
    comparison = report.comparison
    found = {difference.label: difference for difference in comparison.differences} if comparison else {}
    columns = ["scorer", "interval by", "detectable", "missing", "pass rate"]
    columns += ["won / lost / tied", "p (Holm)"] if comparison else []
    rows = []
    for score in report.scores:
        cells = [score_name(score), method_text(score.interval), number(score.detectable, score.unit)]
        cells += [missing_text(score), pass_text(score)]
        if comparison:
            one = found.get(score.label)
            cells += [f"{one.wins:,} / {one.losses:,} / {one.ties:,}", p_text(one.p)] if one else ["–", "–"]
        rows.append(cells)
    return _table(columns, rows, right=(2, 3, 4, 5, 6))


def _change(change: ContentChange) -> str:
    parts = [f"**{escape(f'{change.before} → {change.after}')}**"]
    if not change.fields:
        parts.append(escape(change.note or "Nothing differs."))
    for found in change.fields[:MOST_ROWS]:
        parts += [escape(found.field), fence(excerpt("\n".join(change_lines(found)), 4 * LONGEST))]
    return "\n\n".join(parts)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    told = table(columns, rows[:MOST_ROWS], right=right)
    return told if len(rows) <= MOST_ROWS else f"{told}\n\n{len(rows) - MOST_ROWS:,} more rows."


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
    return [*([escape(told)] if (told := flaky_text(report)) else []), *tables] if tables else []


def _segments(report: Report) -> list[str]:
    rows = segment_rows(report)
    return [_table(SEGMENT_COLUMNS, rows, right=(3, 5, 7))] if rows else []


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
    parts = [f"**{escape(result.case_id)}**", escape(" · ".join(told))]
    texts = [("input", value) for value in result.inputs.values()]
    texts += [("expected", value) for value in result.expectations.values()]
    for name, value in texts[:MOST_FIELDS]:
        parts.append(f"{name}:\n\n{fence(excerpt(value_text(value), LONGEST))}")
    parts.append(f"output:\n\n{fence(excerpt(answer_text(result), LONGEST))}")
    return "\n\n".join(parts)
