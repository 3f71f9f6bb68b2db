"""Any scorer of evaluations as a check: what a text is scored decides."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from llmops.core.arguments import SERVICE
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.verdict import Finding
from llmops.guard.protocol import Subject

if TYPE_CHECKING:
    from llmops.domain.ports import Scorer

    ScorerFactory = Callable[[str, Mapping[str, Json], str], Scorer]


@dataclass(frozen=True)
class ScoredText:
    """Find texts that a scorer gives too little or too much. It is shown the text after redaction.

    Args:
        scorer: the name of a scorer, or `module:function`.
        arguments: its arguments.
        expectations: what it compares with.
        min: the least value that is right.
        max: the most.
        judge: who judges, where the scorer asks a judge; `[models] judge` by default.
    """

    scorer: str
    arguments: Mapping[str, Json] = field(default_factory=dict)
    expectations: Mapping[str, Json] = field(default_factory=dict)
    min: float | None = None
    max: float | None = None
    judge: str = ""
    scorers: "ScorerFactory" = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    action: ClassVar[str] = "flag"
    timeout_ms: ClassVar[int] = 10_000

    def __post_init__(self) -> None:
        if self.min is None and self.max is None:
            raise InputError("there is no limit", hint="Write min: 0.5, or max: 0.5.")
        if self.scorers is not None:  # absent while a policy is only read
            self.scorers(self.scorer, self.arguments, self.judge)

    async def ainspect(self, subject: Subject) -> Iterable[Finding]:
        """One finding over the whole text where its score is out of bounds.

        Raises:
            ValueError: the scorer gave no score.
        """
        from llmops.domain.corpus import Context
        from llmops.domain.ports import Sample

        contexts = tuple(Context(id=str(number), text=text) for number, text in enumerate(subject.contexts, 1))
        sample = Sample(
            output=subject.redacted,
            inputs={"question": subject.question} if subject.question else {},
            contexts=contexts,
            expectations=self.expectations,
            metadata=subject.metadata,
        )
        scored = self.scorers(self.scorer, self.arguments, self.judge).score(sample)
        score = await scored if isinstance(scored, Awaitable) else scored
        if score.value is None:
            raise ValueError(f"{self.scorer} gave no score: {score.reason}")
        below = self.min is not None and score.value < self.min
        above = self.max is not None and score.value > self.max
        if not below and not above:
            return ()
        bound = f"at least {self.min:g}" if below else f"at most {self.max:g}"
        note = f"{self.scorer} is {score.value:.3g}, {bound}" + (f": {score.reason}" if score.reason else "")
        return (Finding(0, len(subject.text), "SCORE", note=note),)
