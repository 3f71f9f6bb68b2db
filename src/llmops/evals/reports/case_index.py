"""The index of the case browser: one entry a case, with what lists, filters and orders need, and where its records are.

Flags are bits, the same as in `presentation/browser.js`.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report, ScoreSummary
from llmops.evals.compare import find_changes
from llmops.evals.observations import Observations
from llmops.evals.reports.case_records import CHUNK, RecordPacker
from llmops.evals.reports.case_texts import first_text
from llmops.evals.reports.dossier import Dossier, Results
from llmops.evals.reports.worst_cases import Rank, rank_of
from llmops.presentation.cleaning import clean, one_line

FAILED, ERROR, MISSING, CHANGED, DIFFERS, UNSTEADY = 1, 2, 4, 8, 16, 32
MOST_ANSWERS = 20_000  # of the run; a larger one shows its worst cases
LONGEST_LINE = 140
MOST_SEGMENTS = 40  # values of one metadata key that can be chosen

_NO_RANK: Rank = (False, 0, 0.0, 0)


@dataclass(slots=True)
class _Entry:
    """What is gathered of one case. `answers` maps repeats to digests of the outputs."""

    text: str = ""
    rank: Rank = _NO_RANK
    flags: int = 0
    after: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)
    failures: list[bool] = field(default_factory=list)
    verdicts: dict[str, bool] = field(default_factory=dict)
    answers: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a run and, where it was compared, of its baseline, and the scorers by which cases are compared."""

    after: Observations
    before: Observations | None = None
    compared: Sequence[ScoreSummary] = ()


@dataclass(slots=True)
class CaseBrowser:
    """Everything that the case browser of a page reads: the index as JSON, and packed records."""

    index: str
    chunks: list[str]
    shown: int
    tightest: int


def browse(dossier: Dossier, numbers: Numbers, *, most: int = MOST_ANSWERS) -> CaseBrowser:
    """Gather the cases of a run, and the baseline's answers to them.

    Args:
        dossier: the run.
        numbers: its numbers.
        most: how many answers of the run are shown at most; the cases with the worst ones then.
    """
    scores = dossier.report.scores
    chosen = _worst_cases(dossier, numbers.after, most) if numbers.after.results > most else None
    baseline = dossier.baseline if dossier.report.comparison else None
    expected = min(most, numbers.after.results)
    if baseline is not None and numbers.before is not None:
        expected += min(most, numbers.before.results)
    packer = RecordPacker(scores, expected)
    entries: dict[str, _Entry] = {}
    for result in _of(dossier.results, chosen):
        entry = entries.setdefault(result.case_id, _Entry())
        _take(entry, result, scores)
        entry.after.append(packer.add(result, whole=len(entry.after) == 0))
    shown = len(entries)
    if baseline is not None:
        for result in _of(baseline, chosen):
            entry = entries.setdefault(result.case_id, _Entry(text=one_line(first_text(result.inputs), LONGEST_LINE)))
            new = not entry.after and not entry.before
            entry.before.append(packer.add(result, whole=new))
            mine = entry.answers.get(result.repeat)
            if mine is not None and mine != _digest(result):
                entry.flags |= DIFFERS
    packer.close()
    index = json.dumps(_index(dossier.report, numbers, entries), ensure_ascii=False, separators=(",", ":"))
    return CaseBrowser(index, packer.chunks, shown, packer.tightest)


def _take(entry: _Entry, result: CaseResult, scores: Sequence[ScoreSummary]) -> None:
    """Take what an entry says from one answer."""
    entry.text = entry.text or one_line(first_text(result.inputs), LONGEST_LINE)
    entry.rank = max(entry.rank, rank_of(result, scores))
    failed = result.error is not None
    entry.flags |= ERROR if failed else 0
    for label, score in result.scores.items():
        if score.status == "missing":
            entry.flags |= MISSING
        if score.passed is not None:
            failed = failed or not score.passed
            if entry.verdicts.setdefault(label, score.passed) != score.passed:
                entry.flags |= UNSTEADY
    entry.flags |= FAILED if failed else 0
    entry.failures.append(failed)
    entry.answers[result.repeat] = _digest(result)


def _index(report: Report, numbers: Numbers, entries: dict[str, _Entry]) -> Json:
    names = list(entries)
    gains = _gains(numbers)
    for name in gains:
        if name in entries:
            entries[name].flags |= CHANGED
    worst = sorted(names, key=lambda name: entries[name].rank, reverse=True)
    ranks = {name: place for place, name in enumerate(worst)}
    comparison = report.comparison
    segments = _segments(numbers.after)
    return {
        "run": report.run_id,
        "chunk": CHUNK,
        "baseline": {"name": clean(comparison.baseline), "run": comparison.baseline_run} if comparison else None,
        "scorers": [{"label": s.label, "unit": s.unit, "lower": s.direction == "lower"} for s in report.scores],
        "segments": [{"key": f"metadata.{key}", "values": list(values)} for key, values in segments.items()],
        "cases": {
            "id": [clean(name) for name in names],
            "text": [entries[name].text for name in names],
            "rank": [ranks[name] for name in names],
            "flags": [entries[name].flags for name in names],
            "score": _means(report, numbers.after, names),
            "gain": [gains.get(name) for name in names] if comparison else None,
            "seg": _places(segments, names),
            "after": [entries[name].after for name in names],
            "before": [entries[name].before for name in names],
            "failures": {
                place: [int(failed) for failed in entries[name].failures]
                for place, name in enumerate(names)
                if len(entries[name].failures) > 1
            },
        },
    }


def _means(report: Report, observed: Observations, names: list[str]) -> list[list[float | None]]:
    """The mean of each scorer for each case."""
    columns = []
    for score in report.scores:
        series = observed.scores(score.label)
        columns.append(dict(zip(series.ids, series.values, strict=True)))
    return [[_short(column.get(name)) for column in columns] for name in names]


def _gains(numbers: Numbers) -> dict[str, float]:
    """The changes of each case that changed: the greatest loss, else the greatest gain."""
    gains: dict[str, float] = {}
    if numbers.before is not None:
        for change in find_changes(numbers.after, numbers.before, numbers.compared):
            known = gains.get(change.case_id, 0.0)
            keep = min(known, change.gain) if min(known, change.gain) < 0 else max(known, change.gain)
            gains[change.case_id] = round(keep, 6)
    return gains


def _segments(observed: Observations) -> dict[str, dict[str, frozenset[str]]]:
    found: dict[str, dict[str, frozenset[str]]] = {}
    for key in observed.keys:
        groups: dict[str, list[str]] = {}
        for name, value in (observed.segment_of(key) or {}).items():
            groups.setdefault(value, []).append(name)
        if 1 < len(groups) <= MOST_SEGMENTS:
            found[key] = {value: frozenset(groups[value]) for value in sorted(groups)}
    return found


def _places(segments: dict[str, dict[str, frozenset[str]]], names: list[str]) -> list[list[int]]:
    """For each case the number of its value under each key; -1 where it has none."""
    columns = [
        {name: place for place, members in enumerate(groups.values()) for name in members}
        for groups in segments.values()
    ]
    return [[column.get(name, -1) for column in columns] for name in names]


def _worst_cases(dossier: Dossier, observed: Observations, most: int) -> set[str]:
    """The cases with the worst answers, so many that their answers are at most `most`."""
    ranks: dict[str, Rank] = {}
    scores = dossier.report.scores
    for result in dossier.results():
        ranks[result.case_id] = max(ranks.get(result.case_id, _NO_RANK), rank_of(result, scores))
    ordered = sorted(ranks, key=lambda name: ranks[name], reverse=True)
    return set(ordered[: max(1, most // max(1, observed.repeats))])


def _of(results: Results, chosen: Collection[str] | None) -> Iterable[CaseResult]:
    return (result for result in results() if chosen is None or result.case_id in chosen)


def _digest(result: CaseResult) -> bytes:
    text = result.error if result.error is not None else result.output or ""
    return blake2b(text.encode(errors="backslashreplace"), digest_size=8).digest()


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
