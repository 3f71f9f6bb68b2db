"""Runs of evaluations to look at: results with given scores, scorers and targets that do as they are told."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from llmops.core.hashing import Json
from llmops.domain.corpus import Context
from llmops.domain.evaluation import Case, CaseResult, Direction, Score
from llmops.domain.interaction import Reply, Usage
from llmops.domain.ports import Sample
from llmops.domain.report import Report
from llmops.evals.loading import LoadedScorer
from llmops.evals.observations import Observations
from llmops.evals.pairs import Baseline
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.report import RunFacts, build_report

STARTED = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@dataclass(frozen=True)
class GivenScorer:
    """Scores with a function of the sample."""

    give: Callable[[Sample], Score | Awaitable[Score]] = lambda sample: Score(value=1.0)
    direction: Direction = "higher"
    range: tuple[float, float] | None = (0.0, 1.0)
    unit: str = ""
    identity: Json = "given"

    def score(self, sample: Sample) -> Score | Awaitable[Score]:
        return self.give(sample)


@dataclass
class GivenTarget:
    """Answers with a function of the inputs; keeps what it was asked."""

    give: Callable[[Mapping[str, Json]], Reply | Awaitable[Reply]]
    asked: list[tuple[Mapping[str, Json], int]] = field(default_factory=list)

    async def answer(self, inputs: Mapping[str, Json], *, repeat: int = 0) -> Reply:
        self.asked.append((inputs, repeat))
        reply = self.give(inputs)
        return reply if isinstance(reply, Reply) else await reply


def reply(text: str, *, cost: float | None = 0.0, latency: float = 0.01, cached: bool = False) -> Reply:
    return Reply(
        id="reply-1",
        text=text,
        usage=Usage(prompt_tokens=3, completion_tokens=2, cost=cost, latency=latency),
        model="offline/echo",
        cached=cached,
    )


def cases(n: int, **metadata: Json) -> list[Case]:
    return [Case(id=f"case-{i:04}", inputs={"question": f"question {i}"}, metadata=metadata) for i in range(n)]


def loaded(
    label: str = "contains",
    *,
    span: tuple[float, float] | None = (0.0, 1.0),
    direction: Direction = "higher",
    unit: str = "",
    identity: Json = "given",
) -> LoadedScorer:
    return LoadedScorer(label, GivenScorer(direction=direction, range=span, unit=unit, identity=identity))


def result(
    name: str,
    score: float | Score | None = None,
    *,
    label: str = "contains",
    output: str = "an answer",
    error: str | None = None,
    **fields: Json,
) -> CaseResult:
    """A result with one score: a number (passed from 0.5 on), a Score, or None for a missing one."""
    if not isinstance(score, Score):
        missing = Score.missing("judge unreadable")
        score = missing if score is None else Score(value=float(score), passed=float(score) >= 0.5)
    values: dict[str, Json] = {
        "case_id": name,
        "cluster": name,
        "inputs": {"question": f"about {name}?"},
        "expectations": {"answer": "the answer"},
        "output": None if error else output,
        "error": error,
        "model": "" if error else "openai/gpt-4o-mini",
        "usage": Usage() if error else Usage(prompt_tokens=10, completion_tokens=5, cost=0.001, latency=0.25),
        "scores": {label: score},
    }
    return CaseResult(**{**values, **fields})


def binary(passes: int, failures: int, **fields: Json) -> list[CaseResult]:
    """Results of which so many score 1 and so many 0."""
    return [result(f"c{i:05}", float(i < passes), **fields) for i in range(passes + failures)]


def observed(results: Sequence[CaseResult]) -> Observations:
    return Observations.of(results)


def baseline(results: Sequence[CaseResult], *scorers: LoadedScorer, name: str = "production") -> Baseline:
    identities = {scorer.label: scorer.identity for scorer in scorers or (loaded(),)}
    return Baseline(name, "run-before", Observations.of(results), identities)


def report(results: Sequence[CaseResult], *scorers: LoadedScorer, **facts: Json) -> Report:
    known = {"run_id": "run-1", "suite": "docs", "target": "app/docs", "started_at": STARTED, "seconds": 1.5}
    return build_report(RunFacts(**{**known, **facts}), Observations.of(results), scorers or (loaded(),))


def dossier(results: Sequence[CaseResult], *scorers: LoadedScorer, **parts: Json) -> Dossier:
    found = parts.pop("report", None) or report(results, *scorers)
    return Dossier(found, lambda: iter(results), **parts)


def contexts(*texts: str) -> tuple[Context, ...]:
    return tuple(
        Context(id=f"chunk-{i}", text=text, score=0.9, metadata={"key": "docs/a.md", "line": 3})
        for i, text in enumerate(texts)
    )
