"""Signals that are words: how often each occurs before and now, and which of them moved most."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from llmops.core.errors import ExtraMissing
from llmops.domain.interaction import Interaction
from llmops.flows.watching.evaluate import measure_one
from llmops.flows.watching.opening import OpenMonitor
from llmops.measures.windows import compare_categories

MOST: Final = 8
OTHERS: Final = "(others)"


@dataclass(frozen=True, slots=True)
class WordReport:
    """A signal of words. `shares` are word, count before, count now, most frequent first; `p` is that of chi-square on both
    samples; `moved` is the word whose share moved most, and `values` 1 where an interaction has it, 0 where another."""

    name: str
    shares: Sequence[tuple[str, int, int]]
    p: float | None
    moved: str
    values: Sequence[float | None]

    @property
    def timeline(self) -> str:
        """What its line over time is called."""
        return f"{self.name}: share of {self.moved}"

    @property
    def totals(self) -> tuple[int, int]:
        """How many values there are before and now."""
        return sum(before for _, before, _ in self.shares), sum(now for _, _, now in self.shares)


def words_of(
    monitor: OpenMonitor, found: Sequence[Interaction], split: datetime | None
) -> tuple[list[WordReport], list[str]]:
    """The signals that are words, and why some are not there."""
    reports, left_out = [], []
    for label, signal in monitor.signals.items():
        if signal.kind != "category" or hasattr(signal, "measure_page"):
            continue
        try:
            values = [measure_one(signal, one) for one in found]
        except ExtraMissing as error:
            left_out.append(f"{label} is not shown: {error.message}")
            continue
        report = _report(label, found, [value if isinstance(value, str) else None for value in values], split)
        if report is not None:
            reports.append(report)
    return reports, left_out


def _report(
    label: str, found: Sequence[Interaction], values: Sequence[str | None], split: datetime | None
) -> WordReport | None:
    rows = [(one.at, value) for one, value in zip(found, values, strict=True) if value is not None]
    if not rows:
        return None
    before = [value for at, value in rows if split is not None and at < split]
    now = [value for at, value in rows if split is None or at >= split]
    then, since = Counter(before), Counter(now)
    ordered = sorted(then | since, key=lambda word: (-(then[word] + since[word]), word))
    shown, rest = ordered[:MOST], ordered[MOST:]
    shares = [(word, then[word], since[word]) for word in shown]
    if rest:
        shares.append((OTHERS, sum(then[word] for word in rest), sum(since[word] for word in rest)))
    sizes = max(1, len(before)), max(1, len(now))
    moved = max(shown, key=lambda word: abs(then[word] / sizes[0] - since[word] / sizes[1]))
    p = compare_categories(before, now).p if before and now else None
    return WordReport(label, shares, p, moved, [None if value is None else float(value == moved) for value in values])
