"""Reports: what a run found, with intervals, differences, gates and cost."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from llmops.core.hashing import Json
from llmops.domain.betting import Betting
from llmops.domain.calibration import Calibration
from llmops.domain.evaluation import Direction
from llmops.domain.noun import Noun
from llmops.domain.repeats import RepeatSummary
from llmops.domain.spending import Spending

Outcome = Literal["pass", "fail", "unknown"]
Conclusion = Literal["better", "worse", "equivalent", "not yet known"]


class Interval(Noun):
    """A 95 % interval and the method that gave it."""

    low: float
    high: float
    method: str


class SegmentGap(Noun):
    """A segment less the rest of the cases that have its key, with p adjusted for all segments of the scorer (Holm)."""

    difference: float
    rest: int
    interval: Interval | None
    p: float | None


class SegmentSummary(Noun):
    """A scorer over the cases of one segment, such as `metadata.topic` = `index`.

    `gap` is there where the segment and the rest are large enough.
    """

    segment: str
    value: str
    n: int
    mean: float
    interval: Interval | None
    gap: SegmentGap | None = None


class GroupDifference(Noun):
    """How a scorer differs between two groups, over cases that are the same but for the group: the mean of the first minus
    that of the second, for each pair."""

    first: str
    second: str
    pairs: int
    mean: float
    interval: Interval | None = None


class ScoreSummary(Noun):
    """A scorer over a run. `bounds` is the mean if all missing scores were the worst or best value of the range;
    `detectable` is the smallest difference that this n can see (80 % power, two-sided 5 %). `repeats` is there where a case was
    asked, or an answer judged, more than once. `details` are means of other numbers of the scorer, such as a flip rate."""

    label: str
    identity: str
    direction: Direction = "higher"
    range: tuple[float, float] | None = (0.0, 1.0)
    unit: str = ""
    n: int
    clusters: int
    missing: int = 0
    not_applicable: int = 0
    mean: float | None
    interval: Interval | None = None
    bounds: tuple[float, float] | None = None
    detectable: float | None = None
    pass_rate: float | None = None
    repeats: RepeatSummary | None = None
    details: dict[str, float] = Field(default_factory=dict)
    groups: tuple[GroupDifference, ...] = ()
    segments: tuple[SegmentSummary, ...] = ()


class Difference(Noun):
    """A scorer on two runs paired by case: candidate minus baseline, and how many cases were won, lost and tied."""

    label: str
    n: int
    mean: float
    interval: Interval | None
    p: float | None
    wins: int
    losses: int
    ties: int
    conclusion: Conclusion
    required_n: int | None = None


class Comparison(Noun):
    """A run against a baseline run. `notes` says what stands in the way of comparing, such as changed scorers."""

    baseline: str
    baseline_run: str
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()


class Decision(Noun):
    """A gate's decision. `value` is what was measured, `bound` the confidence bound that decided where there is one;
    `required_n` is how many cases would decide when it is unknown. `asked` is there where the gate can be decided anew when
    people have labelled outputs."""

    gate: str
    outcome: Outcome
    reason: str
    value: float | None = None
    bound: float | None = None
    required_n: int | None = None
    asked: dict[str, Json] | None = None


class Fingerprint(Noun):
    """A hosted model's own mark of what ran, and when an answer last bore it (UTC)."""

    model: str
    mark: str
    seen_at: datetime


class ContentsSeen(Noun):
    """Contents that contexts came from: a generation of an index by its uid, and the first and last sequence of its manifest."""

    generation: str
    first: int
    last: int


class JudgeSummary(Noun):
    """Who judged, and what that took beside the target's own calls. `digest` is over models, parameters and judge prompts,
    as in the run's refs; `cost` leaves out `unpriced` calls."""

    models: tuple[str, ...]
    digest: str
    repeats: int = 1
    calls: int = 0
    cached: int = 0
    tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0


class Report(Noun):
    """What a run found: scores with intervals, gate decisions, cost and time. Case results are kept beside it.

    `oldest_reply` is when the oldest of its replies was made (UTC), cached ones included; None where one of them does not
    tell. `fallbacks` counts the replies of other models than the target's first. `betting` is there where the run was to stop
    as soon as it was decided.
    """

    run_id: str
    suite: str
    target: str
    started_at: datetime
    seconds: float
    refs: dict[str, str]
    cases: int
    clusters: int
    repeats: int
    errors: int
    cached: int = 0
    fallbacks: int = 0
    oldest_reply: datetime | None = None
    fingerprints: tuple[Fingerprint, ...] = ()
    contents: tuple[ContentsSeen, ...] = ()
    cost: float | None = None
    tokens: int = 0
    latency: dict[str, float] = Field(default_factory=dict)
    scores: tuple[ScoreSummary, ...]
    decisions: tuple[Decision, ...] = ()
    comparison: Comparison | None = None
    judge: JudgeSummary | None = None
    calibrations: tuple[Calibration, ...] = ()
    betting: Betting | None = None
    notes: tuple[str, ...] = ()
    complete: bool = True
    spent: Spending = Spending()

    @property
    def outcome(self) -> Outcome:
        """All gates together: fail if one fails, else unknown if one is unknown, else pass."""
        outcomes = {decision.outcome for decision in self.decisions}
        return "fail" if "fail" in outcomes else "unknown" if "unknown" in outcomes else "pass"
