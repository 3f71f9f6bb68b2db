"""Ask a new generation of an index and the old one the same questions, before anybody is answered from the new one.

The questions are those of a suite of the workspace whose target is the RAG configuration, or an app that answers from it; what
counts are its scorers of retrieval. Both generations are asked in the mode of the new configuration, without rewriting and
reranking, so that only what was built differs, and no chat model is asked. Nothing is stored and nothing decided: gates do that.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Final

from llmops.core.errors import LlmopsError
from llmops.core.names import Ref, parse_ref
from llmops.domain.artifact import AppSpec
from llmops.domain.corpus import RagSpec
from llmops.domain.evaluation import Case
from llmops.domain.manifest import Generation
from llmops.domain.ports import Sample
from llmops.domain.smoke import Smoke, SmokeScore
from llmops.domain.suite import SuiteSpec, TargetSpec
from llmops.evals.loading import LoadedScorer, load_scorer
from llmops.evals.loading import Services as ScoringServices
from llmops.evals.scorers.retrieval import RETRIEVAL
from llmops.flows.evaluation.filtered import FilteredTarget
from llmops.flows.evaluation.retrieval import RetrievalTarget
from llmops.flows.evaluation.splits import chosen_cases
from llmops.flows.retrieval import open_retriever
from llmops.flows.services import Services
from llmops.measures.comparison import compare_paired

CASES: Final = 200
"""Cases that are asked, drawn evenly from a larger suite."""

AT_ONCE: Final = 8
NAMES: Final = frozenset(kind.name for kind in RETRIEVAL)


@dataclass(frozen=True, slots=True)
class _Suite:
    name: str
    spec: SuiteSpec
    scorers: Sequence[LoadedScorer]


async def smoke(services: Services, index: str, spec: RagSpec, new: str, old: Generation) -> Smoke:
    """Compare two generations of an index.

    Args:
        services: the workspace.
        index: its name.
        spec: the configuration of the new one.
        new: its uid.
        old: the other one.
    """
    nothing = Smoke(new=new, old=old.uid)
    try:
        suite = _find_suite(services, index)
        if suite is None:
            return nothing.model_copy(
                update={
                    "note": f"no suite of this workspace has rag/{index}, or an app that answers from it, as its target, and "
                    "a scorer of retrieval (recall_at_k, ndcg, mrr …)"
                }
            )
        return await _compare(services, index, suite, (spec, old), nothing)
    except LlmopsError as error:
        return nothing.model_copy(update={"note": error.message})


def _find_suite(services: Services, index: str) -> _Suite | None:
    """The first suite, by name, whose target is the configuration; else the first whose target is an app on it."""
    names = {*services.registry.files.names("suite"), *(a.name for a in services.store.versions.artifacts("suite"))}
    found: list[tuple[bool, str, _Suite]] = []
    for name in sorted(names):
        spec = services.registry.resolve(Ref("suite", name)).spec(SuiteSpec)
        if not _is_about(services, spec.target, index):
            continue
        loading = ScoringServices(services.embedder, services.root)
        scorers = [load_scorer(one, loading) for one in spec.scorers if one.scorer in NAMES]
        if scorers:
            found.append((spec.target.kind != "rag", name, _Suite(name, spec, scorers)))
    return min(found, key=lambda one: one[:2])[2] if found else None


def _is_about(services: Services, target: TargetSpec, index: str) -> bool:
    if target.kind == "rag":
        return index in (parse_ref(name, "rag").name for name in target.names)
    if target.kind != "app":
        return False
    apps = (services.registry.resolve(parse_ref(name, "app")).spec(AppSpec) for name in target.names)
    return any(app.rag is not None and app.rag.name == index for app in apps)


async def _compare(
    services: Services, index: str, suite: _Suite, asked: tuple[RagSpec, Generation], nothing: Smoke
) -> Smoke:
    spec, old = asked
    plain = spec.retrieval.model_copy(update={"rewrite": None, "queries": None, "rerank": None})
    built = {"sources": old.spec.sources, "chunking": old.spec.chunking, "embedding": old.spec.embedding}
    now = spec.model_copy(update={"retrieval": plain})
    cases = _drawn(chosen_cases(services, suite.spec))
    columns = [await _scores(services, index, each, suite, cases) for each in (now.model_copy(update=built), now)]
    scores = []
    for place, loaded in enumerate(suite.scorers):
        pairs = [
            (case.cluster, before[place], after[place]) for case, before, after in zip(cases, *columns, strict=True)
        ]
        if one := _score(loaded, [(c, b, a) for c, b, a in pairs if b is not None and a is not None]):
            scores.append(one)
    if not scores:
        return nothing.model_copy(update={"note": f"no case of suite {suite.name} says what is relevant"})
    return nothing.model_copy(update={"suite": suite.name, "cases": len(cases), "scores": tuple(scores)})


def _score(loaded: LoadedScorer, pairs: Sequence[tuple[str, float, float]]) -> SmokeScore | None:
    if not pairs:
        return None
    clusters, before, after = zip(*pairs, strict=True)
    found = compare_paired(after, before, clusters, bounds=loaded.scorer.range)
    return SmokeScore(
        scorer=loaded.label,
        old=sum(before) / len(before),
        new=sum(after) / len(after),
        difference=found.mean,
        low=found.low,
        high=found.high,
        n=found.n,
        is_better_higher=loaded.scorer.direction == "higher",
    )


def _drawn(cases: Sequence[Case]) -> list[Case]:
    step = max(1, len(cases) // CASES)
    return list(cases[::step])[:CASES]


async def _scores(
    services: Services, index: str, spec: RagSpec, suite: _Suite, cases: Sequence[Case]
) -> list[list[float | None]]:
    """What each scorer says of each case; None where it does not apply."""
    plain = RetrievalTarget(f"rag/{index}", open_retriever(services, index, spec))
    target = FilteredTarget(plain, suite.spec.target.filters)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> list[float | None]:
        async with gate:
            reply = await target.answer_case(case)
        sample = Sample("", case.inputs, case.expectations, reply.contexts, case.metadata, reply)
        return [await _value(loaded, sample) for loaded in suite.scorers]

    return list(await asyncio.gather(*map(one, cases)))


async def _value(loaded: LoadedScorer, sample: Sample) -> float | None:
    score = loaded.scorer.score(sample)
    if isawaitable(score):
        score = await score
    return score.value if score.status == "scored" else None
