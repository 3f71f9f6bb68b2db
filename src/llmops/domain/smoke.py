"""A first look at a new generation of an index: what it finds beside what the old one finds, on the cases of a suite."""

from llmops.core.hashing import Json
from llmops.domain.noun import Noun


class SmokeScore(Noun):
    """One scorer on both generations: means over the same `n` cases, and the difference of the pairs with its 95 % interval."""

    scorer: str
    old: float
    new: float
    difference: float
    low: float | None
    high: float | None
    n: int
    is_better_higher: bool = True

    @property
    def is_worse(self) -> bool:
        """Whether the new generation is worse, beyond what so many cases leave open."""
        end = self.high if self.is_better_higher else self.low
        return end is not None and (end < 0 if self.is_better_higher else end > 0)


class Smoke(Noun):
    """What the retrieval scorers of a suite say of a `new` generation and of an `old` one, by their uids. Without a suite, or
    where it could not be asked, `note` says why."""

    new: str
    old: str
    suite: str = ""
    cases: int = 0
    scores: tuple[SmokeScore, ...] = ()
    note: str = ""

    @property
    def columns(self) -> list[str]:
        """What `rows` holds."""
        return ["scorer", f"old {self.old}", f"new {self.new}", "difference", "95 % interval", "cases"]

    def rows(self) -> list[list[str]]:
        """The scores as a table."""
        return [
            [
                one.scorer,
                f"{one.old:.3f}",
                f"{one.new:.3f}",
                f"{one.difference:+.3f}",
                "–" if one.low is None or one.high is None else f"{one.low:+.3f} to {one.high:+.3f}",
                str(one.n),
            ]
            for one in self.scores
        ]

    def in_words(self) -> str:
        """The comparison in a line or two."""
        if self.note:
            return f"not smoke-evaluated: {self.note}"
        told = f"smoke-evaluated on {self.cases} cases of suite {self.suite}, beside generation {self.old}"
        worse = [one.scorer for one in self.scores if one.is_worse]
        return f"{told}; worse in {', '.join(worse)}" if worse else told

    def as_json(self) -> Json:
        """The comparison as plain values."""
        return self.model_dump(mode="json")
