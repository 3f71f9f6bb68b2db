"""The overview of a matrix as rows and columns, the same for the terminal, Markdown and HTML."""

from collections.abc import Sequence
from typing import TextIO

from llmops.domain.matrix import Cell, Matrix
from llmops.domain.report import Conclusion, Difference, ScoreSummary
from llmops.evals.words import MARKS, TONES, interval_text, signed
from llmops.presentation.figures import count, number
from llmops.presentation.tables import Cell as Shown
from llmops.presentation.tables import Tone, print_lines, print_table

SIGNS: dict[Conclusion, str] = {"better": "▲", "worse": "▼", "equivalent": "=", "not yet known": "?"}
SIGN_TONES: dict[Conclusion, Tone] = {"better": "good", "worse": "bad", "equivalent": "", "not yet known": "open"}


def labels_of(matrix: Matrix) -> list[str]:
    """The scorers of all cells, in their order."""
    return list(dict.fromkeys(score.label for cell in matrix.cells if cell.report for score in cell.report.scores))


def score_of(cell: Cell, label: str) -> tuple[ScoreSummary | None, Difference | None]:
    """A scorer in a cell, and its difference to the baseline."""
    scores = cell.report.scores if cell.report else ()
    differences = cell.comparison.differences if cell.comparison else ()
    score = next((score for score in scores if score.label == label), None)
    return score, next((found for found in differences if found.label == label), None)


def score_text(score: ScoreSummary | None, difference: Difference | None) -> str:
    """Mean, interval, and how it differs: `0.917 (0.646 to 0.985) ▲ +0.083`."""
    if score is None or score.mean is None:
        return "–"
    told = f"{number(score.mean, score.unit)} ({interval_text(score.interval, score.unit)})"
    if difference is None:
        return told
    return f"{told} {SIGNS[difference.conclusion]} {signed(difference.mean, score.unit)}"


def gates_text(cell: Cell) -> str:
    """What the gates of a cell say, and how many."""
    if cell.report is None:
        return "no report"
    total = len(cell.report.decisions)
    return f"{MARKS[cell.outcome]} ({count(total, 'gate')})" if total else "no gates"


def legend(matrix: Matrix) -> list[str]:
    """What the signs mean, and what they are corrected for."""
    if not matrix.family:
        return []
    return [
        f"Against {matrix.baseline}, case by case: ▲ better, ▼ worse, = equivalent, ? not yet known. Holm's correction is over "
        f"all {count(matrix.family, 'difference')} of the table: the risk that any ▲ among them is false is 5 %, and so for ▼."
    ]


def verdict_of(matrix: Matrix) -> str:
    """Say in one sentence what the gates of all cells decided."""
    words = {"pass": "passed", "fail": "failed", "unknown": "unknown"}
    told = [words[cell.outcome] for cell in matrix.cells if cell.report]
    parts = [f"{told.count(word)} {word}" for word in words.values() if word in told]
    missing = sum(cell.report is None for cell in matrix.cells)
    parts += [f"{missing} without a report"] if missing else []
    return f"{matrix.outcome.upper()}: of {count(len(matrix.cells), 'cell')} {', '.join(parts)}"


def print_matrix(matrix: Matrix, *, file: TextIO | None = None) -> None:
    """Print the overview on stdout, or to a file."""
    labels = labels_of(matrix)
    print_lines([f"{matrix.suite} on {count(len(matrix.cells), 'target')}", ""], file=file)
    print_table(["target", *labels, "gates", "cost", "run"], [_row(cell, labels) for cell in matrix.cells], file=file)
    told = [f"{cell.target}: {cell.error}" for cell in matrix.cells if cell.error]
    print_lines([*told, *legend(matrix), "", verdict_of(matrix)], file=file)


def cost_text(cell: Cell) -> str:
    """What the answers of a cell cost."""
    return "–" if cell.report is None else number(cell.report.cost, "$")


def _row(cell: Cell, labels: Sequence[str]) -> list[str | Shown]:
    shown: list[str | Shown] = [cell.target]
    for label in labels:
        score, difference = score_of(cell, label)
        tone = SIGN_TONES[difference.conclusion] if difference else ""
        shown.append(Shown(score_text(score, difference), tone))
    gates = Shown(gates_text(cell), TONES[cell.outcome] if cell.report and cell.report.decisions else "")
    return [*shown, gates, cost_text(cell), cell.report.run_id if cell.report else "–"]
