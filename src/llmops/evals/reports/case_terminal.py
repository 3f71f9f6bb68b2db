"""Cases in the terminal: the worst answers in a few lines each, and one case with everything there is about it."""

from collections.abc import Mapping, Sequence
from typing import TextIO

from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report
from llmops.domain.run import Run
from llmops.evals.reports.case_texts import (
    answer_text,
    first_text,
    place_of,
    score_text,
    score_tone,
    usage_text,
    value_text,
)
from llmops.presentation.cleaning import one_line
from llmops.presentation.tables import Cell, Tone, print_lines, print_table

LONGEST_CELL = 60
MOST_WORST = 3


def print_worst(report: Report, worst: Sequence[CaseResult], *, file: TextIO | None = None) -> None:
    """Print the worst answers: what was asked, what came, and what is wrong with it."""
    if not worst:
        return
    units = {score.label: score.unit for score in report.scores}
    rows = [
        (
            Cell(result.case_id + (f" #{result.repeat + 1}" if result.repeat else ""), "bad"),
            _wrong(result, units),
            one_line(first_text(result.inputs), LONGEST_CELL),
            one_line(answer_text(result), LONGEST_CELL),
        )
        for result in worst
    ]
    print_lines([""], file=file)
    print_table(["worst answers", "scores", "input", "output"], rows, file=file, optional=(2, 3))


def print_case(run: Run, results: Sequence[CaseResult], *, file: TextIO | None = None) -> None:
    """Print all answers to a case, uncut."""
    summary = run.summary if isinstance(run.summary, dict) else {}
    units = {score["label"]: score["unit"] for score in summary.get("scores", ())}
    first = results[0]
    lines = [f"{first.case_id} of {run.name}  ({run.id})"]
    lines += _fields("input", first.inputs) + _fields("expected", first.expectations)
    lines += _fields("metadata", first.metadata)
    print_lines(lines, file=file)
    for result in results:
        number = f" {result.repeat + 1} of {len(results)}" if len(results) > 1 else ""
        print_lines(
            ["", f"answer{number}: {usage_text(result)}".rstrip(": "), *_block(answer_text(result)), ""], file=file
        )
        rows = [
            (name, Cell(score_text(score, units.get(name, "")), _TONES[score_tone(score)]), score.reason)
            for name, score in result.scores.items()
        ]
        print_table(["scorer", "score", "why"], rows, right=(1,), file=file)
        for place, context in enumerate(result.contexts, 1):
            print_lines(
                ["", f"context [{place}] {place_of(context)}, score {context.score:.3f}", *_block(context.text)],
                file=file,
            )


_TONES: Mapping[str, Tone] = {"good": "good", "bad": "bad", "open": "open", "quiet": ""}


def _wrong(result: CaseResult, units: Mapping[str, str]) -> str:
    """The scores that fell short, at most so many."""
    if result.error is not None:
        return "no answer"
    told = [
        f"{name} {score_text(score, units.get(name, ''))}"
        for name, score in result.scores.items()
        if score.passed is False or score.status == "missing"
    ]
    told = told or [f"{name} {score_text(score)}" for name, score in result.scores.items() if not units.get(name)]
    more = f" and {len(told) - MOST_WORST} more" if len(told) > MOST_WORST else ""
    return ", ".join(told[:MOST_WORST]) + more


def _fields(heading: str, values: Mapping[str, Json]) -> list[str]:
    lines = []
    for key, value in values.items():
        lines += ["", f"{heading}: {one_line(key)}", *_block(value_text(value))]
    return lines


def _block(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
