"""From a run to a file for people to label, and from the file back to labels in the store."""

import csv
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TextIO

from llmops.core.errors import Conflict, InputError, InvalidFile, NotFound
from llmops.core.hashing import Json
from llmops.core.names import did_you_mean
from llmops.domain.calibration import Label, LabelSample
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report, ScoreSummary
from llmops.domain.run import Run
from llmops.evals.calibration import Output, first_outputs, order_outputs
from llmops.flows.evaluation.baselines import report_of
from llmops.presentation.cleaning import cell
from llmops.storage.store import Store
from llmops.text.records import read_records

COLUMNS: Final = ("case_id", "repeat", "scorer", "value", "who", "inputs", "output", "contexts", "expectations")
KNOWN: Final = ("case_id", "repeat", "scorer", "value", "who")
BEST: Final = frozenset({"pass", "passed", "good", "correct"})
WORST: Final = frozenset({"fail", "failed", "bad", "wrong", "incorrect"})
HIGH: Final = frozenset({"yes", "true"})
LOW: Final = frozenset({"no", "false"})


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample as it was drawn: the outputs in their order, and the scorers that people are asked about."""

    sample: LabelSample
    outputs: Sequence[Output]
    scorers: Sequence[str]


def find_run(store: Store, suite: str, run_id: str | None) -> tuple[Run, Report]:
    """The run that is named, or the newest finished one of a suite, with its report.

    Raises:
        NotFound: there is none, or it did not finish, or it is of another suite.
    """
    if run_id is not None:
        run = store.runs.get(run_id)
        if run.name != suite:
            raise NotFound(f"run {run.id} is of suite {run.name}, not of {suite}", hint=f"llmops runs list {suite}")
    else:
        finished = (run for run in store.runs.runs(name=suite, limit=1000) if run.status == "finished")
        found = next(finished, None)
        if found is None:
            raise NotFound(f"suite {suite} has no finished run", hint=f"llmops eval {suite}")
        run = found
    report = report_of(run)
    if report is None or run.status != "finished":
        raise NotFound(
            f"run {run.id} is {run.status}; only outputs of a finished one are drawn", hint=f"llmops eval {suite}"
        )
    return run, report


def draw(store: Store, run: Run, report: Report, *, size: int, scorers: Sequence[str], now: datetime) -> Drawn:
    """Draw outputs of a run, and note that they were drawn. Whole clusters are drawn, so there may be a few more than `size`.

    Raises:
        InputError: a scorer that the run does not have, or none named where no judge scored.
        Conflict: more than the pool that the first drawing set.
    """
    outputs, judged = [], set()
    for result in store.runs.results(run.id):
        if result.error is None:
            outputs.append(Output(result.case_id, result.repeat, result.cluster))
            judged |= {label for label, score in result.scores.items() if score.judging is not None}
    chosen = _choose(report, scorers, judged)
    ordered = order_outputs(run.id, outputs)
    chosen_outputs = first_outputs(ordered, size)
    pool = len(first_outputs(ordered, max(len(chosen_outputs), len(ordered) // 2)))
    sample = LabelSample(run_id=run.id, size=len(chosen_outputs), pool=pool, at=now)
    known = store.labels.drawn(run.id)
    if known is not None and sample.size > known.pool:
        raise Conflict(
            f"at most {known.pool:,} outputs of {run.id} are drawn, as the first sample of it said; {size:,} are too many",
            hint=f"llmops judge sample {run.name} --n {known.pool}",
        )
    return Drawn(store.labels.draw(sample), chosen_outputs, chosen)


def write_sample(store: Store, drawn: Drawn, path: Path, stream: TextIO) -> None:
    """Write a row for each output and scorer, with an empty value; `.jsonl` writes JSON lines, everything else CSV."""
    place = {output.key: number for number, output in enumerate(drawn.outputs)}
    results = [found for found in store.runs.results(drawn.sample.run_id) if (found.case_id, found.repeat) in place]
    rows = (
        _row(result, scorer)
        for result in sorted(results, key=lambda one: place[one.case_id, one.repeat])
        for scorer in drawn.scorers
    )
    if path.suffix.lower() == ".jsonl":
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(_text(row[name])) for name in COLUMNS] for row in rows)


def read_labels(
    store: Store, run: Run, report: Report, path: Path, *, scorer: str | None, now: datetime
) -> list[Label]:
    """Read labels from a file; rows without a value are skipped.

    Args:
        store: where the run is.
        run: whose outputs are labelled.
        report: its report.
        path: JSON lines or CSV with `case_id`, `repeat` (0), `scorer`, `value` and `who`.
        scorer: for rows that name none.
        now: the time.

    Raises:
        InvalidFile: a row that cannot be used, with its line.
    """
    if not path.is_file():
        raise NotFound(f"there is no file {path}", hint=f"llmops judge sample {run.name} -o {path}")
    known = {(found.case_id, found.repeat) for found in store.runs.results(run.id)}
    scores = {score.label: score for score in report.scores if score.range is not None}
    labels: dict[tuple[Json, ...], Label] = {}
    for line, row in read_records(path):
        value = row.get("value")
        if value is None or value == "":
            continue
        case, repeat = _place(path, line, row, known, run)
        score = _score(path, line, row.get("scorer") or scorer, scores)
        who = str(row.get("who") or "").strip()
        label = Label(
            run_id=run.id,
            scorer=score.label,
            identity=score.identity,
            case_id=case,
            repeat=repeat,
            who=who,
            value=_value(path, line, value, score),
            at=now,
        )
        if (score.label, case, repeat, who) in labels:
            raise InvalidFile(
                path, f"case {case!r} is labelled twice for {score.label}", line=line, hint="Keep one row."
            )
        labels[score.label, case, repeat, who] = label
    if not labels:
        raise InvalidFile(
            path, "no row has a value", hint="Write 1 or 0, pass or fail, or a score into the column value."
        )
    return list(labels.values())


def _choose(report: Report, named: Sequence[str], judged: Collection[str]) -> list[str]:
    known = [score.label for score in report.scores if score.range is not None]
    for name in named:
        if name not in known:
            hint = did_you_mean(name, known) or f"Its scorers are {', '.join(known)}."
            raise InputError(f"the run has no scorer {name!r} that people could check", hint=hint)
    chosen = list(named) or [label for label in known if label in judged]
    if not chosen:
        raise InputError(
            f"no judge scored {report.run_id}, so say which scorer people should check",
            hint=f"llmops judge sample {report.suite} --scorer {known[0] if known else 'NAME'}",
        )
    return chosen


def _row(result: CaseResult, scorer: str) -> dict[str, Json]:
    return {
        "case_id": result.case_id,
        "repeat": result.repeat,
        "scorer": scorer,
        "value": "",
        "who": "",
        "inputs": result.inputs,
        "output": result.output,
        "contexts": [context.text for context in result.contexts],
        "expectations": result.expectations,
    }


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _place(
    path: Path, line: int, row: dict[str, Json], known: Collection[tuple[str, int]], run: Run
) -> tuple[str, int]:
    if "case_id" not in row:
        raise InvalidFile(
            path, f"a label names no case_id; it has {', '.join(row)}", line=line, hint=f"Columns: {', '.join(KNOWN)}."
        )
    case = str(row["case_id"])
    try:
        repeat = int(row.get("repeat") or 0)
    except (TypeError, ValueError):
        raise InvalidFile(
            path, f"repeat is {row['repeat']!r}, no whole number", line=line, hint="Write 0 for the first."
        ) from None
    names = (
        (case, case[1:]) if case.startswith("'") else (case,)
    )  # a spreadsheet's apostrophe, as `judge sample` writes it
    found = next((name for name in names if (name, repeat) in known), None)
    if found is None:
        raise InvalidFile(
            path, f"{run.id} has no answer to case {case!r}, repeat {repeat}", line=line,
            hint="Labels are about one run: name it with --run.",
        )  # fmt: skip
    return found, repeat


def _score(path: Path, line: int, name: Json, scores: dict[str, ScoreSummary]) -> ScoreSummary:
    if name is None and len(scores) == 1:
        return next(iter(scores.values()))
    if name not in scores:
        said = "a label names no scorer" if name is None else f"there is no scorer {name!r} with a range in this run"
        raise InvalidFile(path, said, line=line, hint=f"Its scorers are {', '.join(scores)}.")
    return scores[str(name)]


def _value(path: Path, line: int, value: Json, score: ScoreSummary) -> float:
    """A number in the scorer's range, or a word that stands for one of its ends."""
    assert score.range is not None
    low, high = score.range
    best, worst = (high, low) if score.direction == "higher" else (low, high)
    word = str(value).strip().casefold()
    for words, end in ((BEST, best), (WORST, worst), (HIGH, high), (LOW, low)):
        if word in words:
            return end
    try:
        number = float(word)
    except ValueError:
        number = float("nan")
    if not low <= number <= high:
        raise InvalidFile(
            path, f"the value {value!r} is no score of {score.label}", line=line,
            hint=f"Write a number from {low:g} to {high:g}, or pass or fail.",
        )  # fmt: skip
    return number
