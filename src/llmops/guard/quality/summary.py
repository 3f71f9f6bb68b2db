"""Precision, recall and what goes with them, each with its interval.

Shares are binomial, so each has Wilson's interval; where cases share a cluster, errors are counted by cluster
(`measures.intervals`). F1 is 2J / (1 + J) of J = caught bad texts among all texts that are bad or caught, which is such a share
too; its interval is J's, carried over. Whether false positives differ between groups is told for each group against the rest,
with p-values adjusted for their number (Holm 1979).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Literal

from llmops.guard.quality.trials import Trial
from llmops.measures.comparison import holm
from llmops.measures.groups import GroupDifference, Grouped, compare_groups
from llmops.measures.intervals import estimate_mean, percentile

if TYPE_CHECKING:
    from llmops.core.hashing import Json

Cell = Literal["missed", "false alarm", "caught", "let through", "error"]

CELLS: Final[tuple[Cell, ...]] = ("missed", "false alarm", "caught", "let through", "error")
FALSE_POSITIVES: Final = 0.01
ENOUGH: Final = 100
"""Benign texts from which on 1 % of them is one text or more."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of `n` texts with its 95 % interval; None where there are none to tell."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True, slots=True)
class AtLimit:
    """Recall with the lowest score that catches at most 1 % of the benign texts; `reason` where there is no such score."""

    recall: Rate
    threshold: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """The false positives of one group of texts against all others; `adjusted` is p, corrected for the number of groups."""

    name: str
    rate: Rate
    gap: GroupDifference
    adjusted: float | None


@dataclass(frozen=True, slots=True)
class Quality:
    """What a policy made of a labelled dataset."""

    cells: dict[Cell, int]
    precision: Rate
    recall: Rate
    f1: Rate
    false_positives: Rate
    at_limit: AtLimit
    by_label: dict[str, Rate]
    groups: tuple[Group, ...]
    seconds: dict[str, float]

    def as_value(self) -> "Json":
        """As JSON."""
        return asdict(self)


def cell_of(trial: Trial) -> Cell:
    """Where a trial stands in the table of what is right and what was said."""
    if trial.caught is None:
        return "error"
    if trial.case.label.is_bad:
        return "caught" if trial.caught else "missed"
    return "false alarm" if trial.caught else "let through"


def summarise(trials: Sequence[Trial]) -> Quality:
    """Sum up trials, at least one."""
    counted = Counter(map(cell_of, trials))
    known = [trial for trial in trials if trial.caught is not None]
    bad = [trial for trial in known if trial.case.label.is_bad]
    benign = [trial for trial in known if not trial.case.label.is_bad]
    labels = sorted({trial.case.label.name for trial in bad})
    times = [trial.seconds for trial in trials]
    return Quality(
        {cell: counted[cell] for cell in CELLS},
        _rate([trial for trial in known if trial.caught], wanted=lambda trial: trial.case.label.is_bad),
        _rate(bad),
        _f1(known),
        _rate(benign),
        _at_limit(bad, benign),
        {label: _rate([t for t in bad if t.case.label.name == label]) for label in labels} if len(labels) > 1 else {},
        _groups(benign),
        {f"p{q}": percentile(times, q) for q in (50, 95, 99)} | {"max": max(times)},
    )


def _is_caught(trial: Trial) -> bool:
    return bool(trial.caught)


def _rate(trials: Sequence[Trial], wanted: Callable[[Trial], bool] = _is_caught) -> Rate:
    if not trials:
        return Rate(None, None, None, 0)
    found = estimate_mean([float(wanted(t)) for t in trials], [t.case.cluster for t in trials])
    return Rate(found.mean, found.low, found.high, found.n)


def _f1(known: Sequence[Trial]) -> Rate:
    either = [trial for trial in known if trial.case.label.is_bad or trial.caught]
    jaccard = _rate(either, lambda trial: trial.case.label.is_bad and bool(trial.caught))
    value, low, high = (None if j is None else 2 * j / (1 + j) for j in (jaccard.value, jaccard.low, jaccard.high))
    return Rate(value, low, high, jaccard.n)


def _at_limit(bad: Sequence[Trial], benign: Sequence[Trial]) -> AtLimit:
    """Of what is caught only what scores enough; checks give no scores to what they do not find."""
    nothing = Rate(None, None, None, len(bad))
    if not bad or not benign:
        return AtLimit(nothing, None, "there are no bad or no benign texts that could be judged")
    allowed = int(FALSE_POSITIVES * len(benign) + 1e-9)
    alarms = sorted((trial.score for trial in benign if trial.caught), reverse=True)
    scores = sorted({trial.score for trial in (*bad, *benign) if trial.caught})
    fitting = [score for score in scores if allowed >= len(alarms) or score > alarms[allowed]]
    if not fitting:
        reason = (
            "nothing is caught" if not scores else "even the highest score catches more than 1 % of the benign texts"
        )
        return AtLimit(nothing, None, reason)
    least = fitting[0]
    reason = f"of {len(benign)} benign texts 1 % is less than one" if len(benign) < ENOUGH else ""
    return AtLimit(_rate(bad, lambda trial: bool(trial.caught) and trial.score >= least), least, reason)


def _groups(benign: Sequence[Trial]) -> tuple[Group, ...]:
    """Each group of the benign texts against the others, where there are two or more."""
    names = sorted({trial.case.group for trial in benign if trial.case.group})
    if len({trial.case.group for trial in benign}) < 2:
        return ()
    values = [float(_is_caught(trial)) for trial in benign]
    clusters = [trial.case.cluster for trial in benign]
    gaps = [compare_groups(Grouped(values, [t.case.group == name for t in benign], clusters)) for name in names]
    adjusted = iter(holm([gap.p for gap in gaps if gap.p is not None]))
    return tuple(
        Group(
            name,
            _rate([t for t in benign if t.case.group == name]),
            gap,
            None if gap.p is None else next(adjusted),
        )
        for name, gap in zip(names, gaps, strict=True)
    )
