"""How a judged score comes about: questions to a judge, each answered whole or not at all, and what they took.

A score may be asked for several times (`judge: {repeats: 3}`). Each of these draws is a hearing of its own, whose questions
have indexes of their own, so that three draws are three calls also where the words are the same.
"""

import asyncio
from array import array
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import fsum
from typing import Final, Protocol, TypeVar, runtime_checkable

from llmops.core.errors import ExtraMissing, JudgeLost, LlmopsError
from llmops.core.hashing import Json
from llmops.domain.evaluation import Case, Judging, Score
from llmops.domain.interaction import ChatReply
from llmops.domain.judge import Complaint, Judge, Verdict
from llmops.domain.ports import Sample

T = TypeVar("T")

MOST_PARTS: Final = 100  # equal questions that one draw may ask
MOST_DRAWS: Final = 100


@runtime_checkable
class JudgedScorer(Protocol):
    """A scorer that asks a judge."""

    @property
    def judge(self) -> Callable[[], Judge]:
        """Opens the judge; the same one at every call."""
        ...

    @property
    def prompts(self) -> tuple[str, ...]:
        """The names of the judge prompts that it asks with."""
        ...

    def asked(self) -> Sequence[Judge]:
        """All whom it asks: the judge, or the members of a panel."""
        ...

    def judge_calls(self, case: Case, contexts: int) -> int:
        """How many calls one draw is expected to take, where so many contexts are retrieved; retries come on top."""
        ...

    async def prepare(self) -> dict[str, Json]:
        """Arguments that the suite leaves to the judge, asked for once, before the first case; empty where there are none."""
        ...


def expected_calls(scorer: object, case: Case, contexts: int = 5) -> int:
    """How many judge calls the score of one answer to a case is expected to take, over all draws; 0 without a judge."""
    if not isinstance(scorer, JudgedScorer):
        return 0
    return sum(scorer.judge_calls(case, contexts) * judge.repeats for judge in scorer.asked())


def no_complaint(value: Json) -> str:
    """Complain of nothing."""
    return ""


class Hearing:
    """The questions that one draw of one score puts to a judge.

    Args:
        judge: who is asked.
        repeat: of the case.
        draw: of the score.
    """

    def __init__(self, judge: Judge, repeat: int = 0, draw: int = 0) -> None:
        self.judge = judge
        self.judging = Judging()
        self._first = (repeat * MOST_DRAWS + draw) * MOST_PARTS

    async def ask(
        self,
        prompt: str,
        values: Mapping[str, Json],
        *,
        complaint: Complaint = no_complaint,
        part: int = 0,
        weighted: bool = False,
    ) -> Verdict:
        """Ask one question; `part` numbers those in the same words. Raises ModelError where there is no verdict."""
        return await self.judge.ask(
            prompt, values, complaint=complaint, index=self._first + part, heard=self._count, weighted=weighted
        )

    async def texts(self, prompt: str, key: str, values: Mapping[str, Json]) -> list[str]:
        """Ask for a list of texts under a key of the verdict."""
        verdict = await self.ask(prompt, values, complaint=lambda value: _blank_text(value[key], key))
        return [str(text).strip() for text in verdict.value[key]]

    async def rule(
        self, prompt: str, items: Sequence[str], values: Mapping[str, Json], key: str = "statements"
    ) -> list[bool]:
        """Ask yes or no of every item, given to the prompt under a key: n items, n verdicts, in their order."""
        flat = [" ".join(item.split()) for item in items]  # an item of several lines could pass for several items
        verdict = await self.ask(
            prompt, {**values, key: flat}, complaint=lambda value: _miscounted(value["verdicts"], len(items))
        )
        return [found["verdict"] == "yes" for found in verdict.value["verdicts"]]

    def _count(self, reply: ChatReply) -> None:
        took, usage = self.judging, reply.usage
        self.judging = Judging(
            calls=took.calls + 1,
            cached=took.cached + reply.cached,
            tokens=took.tokens + usage.tokens,
            cost=took.cost + (usage.cost or 0.0),
            unpriced=took.unpriced + (usage.cost is None),
        )


async def hear(judge: Judge, sample: Sample, draw: Callable[[Hearing, Sample], Awaitable[Score]]) -> Score:
    """Ask for a score as often as the judge is told to, and make one score of the draws."""
    hearings = [Hearing(judge, sample.repeat, number) for number in range(judge.repeats)]
    scores = await together(*(_drawn(hearing, sample, draw) for hearing in hearings))
    score = combine(scores)
    return score.model_copy(update={"judging": add_up([hearing.judging for hearing in hearings])})


async def together(*work: Awaitable[T]) -> list[T]:
    """Await several questions at once. The first failure is raised when all have ended, so that nothing goes on unheard."""
    done = await asyncio.gather(*work, return_exceptions=True)
    for found in done:
        if isinstance(found, BaseException):
            raise found
    return [found for found in done if not isinstance(found, BaseException)]


async def _drawn(hearing: Hearing, sample: Sample, draw: Callable[[Hearing, Sample], Awaitable[Score]]) -> Score:
    try:
        return await draw(hearing, sample)
    except (ExtraMissing, JudgeLost):
        raise
    except LlmopsError as error:
        return Score.missing(error.message)


def combine(draws: Sequence[Score]) -> Score:
    """One score of several draws: their mean where all of them have a value; a missing one among them is never left out."""
    first = draws[0]
    if len(draws) == 1:
        return first
    if len({draw.status for draw in draws}) > 1:
        missing = [draw for draw in draws if draw.status != "scored"]
        return Score.missing(f"{len(missing)} of {len(draws)} draws have no score: {missing[0].reason}")
    values = tuple(draw.value for draw in draws if draw.value is not None)
    if first.status != "scored" or len(values) < len(draws):
        return first
    label = Counter(draw.label for draw in draws).most_common(1)[0][0]
    names = [name for name in first.details if all(name in draw.details for draw in draws)]
    return first.model_copy(
        update={
            "value": fsum(values) / len(values),
            "draws": values,
            "label": label,
            "details": {name: fsum(draw.details[name] for draw in draws) / len(draws) for name in names},
        }
    )


def add_up(parts: Sequence[Judging]) -> Judging:
    """What several took together."""
    return Judging(
        calls=sum(part.calls for part in parts),
        cached=sum(part.cached for part in parts),
        tokens=sum(part.tokens for part in parts),
        cost=fsum(part.cost for part in parts),
        unpriced=sum(part.unpriced for part in parts),
    )


class JudgingTally:
    """What the judge of a run took."""

    def __init__(self) -> None:
        self.calls = self.cached = self.tokens = self.unpriced = 0
        self._costs: array[float] = array("d")

    def add(self, judging: Judging) -> None:
        """Add what one score took."""
        self.calls += judging.calls
        self.cached += judging.cached
        self.tokens += judging.tokens
        self.unpriced += judging.unpriced
        self._costs.append(judging.cost)

    @property
    def cost(self) -> float:
        """US dollars, of the calls whose price is known."""
        return fsum(self._costs)


def _blank_text(texts: Sequence[Json], key: str) -> str:
    return f"one of {key} is blank" if any(not str(text).strip() for text in texts) else ""


def _miscounted(verdicts: Sequence[Mapping[str, Json]], items: int) -> str:
    """What is wrong with the numbers of verdicts: they must be 1 to n, in order."""
    if len(verdicts) != items:
        return f"there are {len(verdicts)} verdicts for {items} items"
    numbers = [verdict["number"] for verdict in verdicts]
    wanted = list(range(1, items + 1))
    return "" if numbers == wanted else f"the verdicts are numbered {numbers}, not {wanted}"
