"""Answers as the records that the case browser reads, packed a few dozen at a time, and cut so that the page stays small.

A record is a line of JSON with short names: `r` repeat, `o` output, `e` error, `s` scores as [number of the scorer, text,
tone, reason], `c` contexts as [place, score, text], `n` how many there are, `i` inputs, `x` expectations, `d` metadata as
[key, text], `t` time and cost, `cut` where a text was cut. Inputs and what was expected stand only where `whole` says so.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from llmops.core.hashing import Json
from llmops.domain.evaluation import CaseResult
from llmops.domain.report import ScoreSummary
from llmops.evals.reports.case_texts import place_of, score_text, score_tone, usage_text, value_text
from llmops.presentation.cleaning import clean, one_line
from llmops.presentation.packing import pack

CHUNK = 64  # records packed together
BUDGET = 14_000_000  # characters that all packed records may take: a page stays under 20 MB
LIMITS = (8000, 4000, 2000, 1000, 500, 250, 120)  # characters of one text, tried in turn until the records fit
MOST_CONTEXTS = 12
MOST_FIELDS = 30
LONGEST_REASON = 1000


@dataclass(slots=True)
class _Cutter:
    """Cuts texts, and remembers whether it did."""

    limit: int
    cut: bool = False

    def __call__(self, text: str, share: int = 1) -> str:
        cleaned, limit = clean(text), max(80, self.limit // share)
        if len(cleaned) <= limit:
            return cleaned
        self.cut = True
        return f"{cleaned[:limit].rstrip()} … ({len(cleaned) - limit:,} more characters)"

    def fields(self, values: Mapping[str, Json]) -> list[Json]:
        """The fields of a map as pairs of texts."""
        self.cut = self.cut or len(values) > MOST_FIELDS
        return [[one_line(key, 60), self(value_text(value))] for key, value in list(values.items())[:MOST_FIELDS]]


def record(result: CaseResult, scores: Sequence[ScoreSummary], limit: int, *, whole: bool) -> Json:
    """One answer as a record, with texts of at most `limit` characters, contexts of a third of it."""
    cut = _Cutter(limit)
    told = [
        [place, score_text(score, summary.unit), score_tone(score), cut(score.reason[:LONGEST_REASON], 2)]
        for place, summary in enumerate(scores)
        if (score := result.scores.get(summary.label)) is not None
    ]
    values: dict[str, Json] = {"r": result.repeat, "s": told}
    if result.error is None:
        values["o"] = cut(result.output or "")
        values["t"] = one_line(usage_text(result))
    else:
        values["e"] = cut(result.error)
    if result.contexts:
        values["n"] = len(result.contexts)
        shown = result.contexts[:MOST_CONTEXTS]
        values["c"] = [[place_of(context), f"{context.score:.3f}", cut(context.text, 3)] for context in shown]
    if whole:
        parts = {"i": result.inputs, "x": result.expectations, "d": result.metadata}
        values |= {name: cut.fields(part) for name, part in parts.items() if part}
    if cut.cut or len(result.contexts) > MOST_CONTEXTS:
        values["cut"] = True
    return values


@dataclass(slots=True)
class RecordPacker:
    """Packs records as they come. `expected` is how many will; each chunk gets its share of what is left of the budget."""

    scores: Sequence[ScoreSummary]
    expected: int
    budget: int = BUDGET
    chunks: list[str] = field(default_factory=list)
    count: int = 0
    tightest: int = LIMITS[0]
    _waiting: list[tuple[CaseResult, bool]] = field(default_factory=list)
    _used: int = 0

    def add(self, result: CaseResult, *, whole: bool) -> int:
        """Add a record; returns its place."""
        self._waiting.append((result, whole))
        self.count += 1
        if len(self._waiting) == CHUNK:
            self.close()
        return self.count - 1

    def close(self) -> None:
        """Pack what waits."""
        if not self._waiting:
            return
        packed_before = self.count - len(self._waiting)
        left = max(1, self.expected - packed_before)
        share = (self.budget - self._used) * len(self._waiting) // left
        packed = ""
        for limit in (one for one in LIMITS if one <= 2 * self.tightest):
            packed = pack("\n".join(self._lines(limit)))
            if len(packed) <= share:
                break
        self.tightest = min(self.tightest, limit)
        self._used += len(packed)
        self.chunks.append(packed)
        self._waiting = []

    def _lines(self, limit: int) -> Iterable[str]:
        for result, whole in self._waiting:
            values = record(result, self.scores, limit, whole=whole)
            yield json.dumps(values, ensure_ascii=False, separators=(",", ":"))
