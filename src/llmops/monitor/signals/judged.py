"""Quality as a scorer sees it, on a sample."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from llmops.core.arguments import SERVICE
from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.domain.interaction import Interaction
from llmops.domain.signal import SignalDirection, SignalKind
from llmops.monitor.protocol import Measured
from llmops.monitor.sampling import is_sampled

ScorePage: TypeAlias = Callable[
    [str, Mapping[str, Json], str, Sequence[Interaction]], Awaitable[Sequence[float | Exception | None]]
]
"""Scores interactions by scorer name, arguments and judge model; values from 0 to 1."""


@dataclass(frozen=True)
class Judged:
    """The value of any scorer on a `sample`: judged ones such as `faithfulness`, or others; scaled to 0 to 1.

    `arguments` are the scorer's, `judge` the model that judges (by default `[models] judge`). The first `control` judged
    interactions are kept, and judged again whenever the signal drifts and at least once in `recheck`: if they get other scores
    than at first, the judge changed, and not only the app.
    """

    scorer: str
    sample: float = 0.05
    arguments: dict[str, Json] = field(default_factory=dict)
    judge: str = ""
    control: int = 30
    recheck: str = "7d"
    score: ScorePage = field(kw_only=True, repr=False, compare=False, metadata={SERVICE: True})
    kind: ClassVar[SignalKind] = "bounded"
    direction: ClassVar[SignalDirection] = "higher"

    def __post_init__(self) -> None:
        from llmops.core.durations import seconds

        seconds(self.recheck)
        if not 0 < self.sample <= 1:
            raise InputError(f"a sample of {self.sample:g} is none", hint="Write a share, such as sample: 0.05.")
        if not 0 <= self.control <= 1000:
            raise InputError(f"a control set of {self.control} is too large", hint="Write control: 30, at most 1000.")

    async def measure_page(self, page: Sequence[Interaction]) -> Sequence[Measured | Exception]:
        """Score the sampled ones that have an output."""
        chosen = [one for one in page if one.output and not one.error and is_sampled(one.id, self.sample)]
        values = await self.again(chosen)
        found = {one.id: value for one, value in zip(chosen, values, strict=True)}
        return [found.get(one.id) for one in page]

    async def again(self, page: Sequence[Interaction]) -> Sequence[float | Exception | None]:
        """Score these, sampled or not."""
        return await self.score(self.scorer, self.arguments, self.judge, page) if page else []
