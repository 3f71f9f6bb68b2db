"""Who judges in a suite, by name and digest: judgements of other judges are not comparable."""

from collections.abc import Sequence

from llmops.core.errors import NotFound
from llmops.core.hashing import canonical_json, digest
from llmops.domain.report import JudgeSummary
from llmops.domain.suite import ScorerSpec, SuiteSpec
from llmops.evals.case_scorers import specs_of_cases
from llmops.evals.hearing import JudgedScorer
from llmops.evals.loading import LoadedScorer, load_scorer
from llmops.evals.loading import Services as ScoringServices
from llmops.flows.evaluation.splits import chosen_cases
from llmops.flows.judges import open_judge
from llmops.flows.services import Services


def summarise_judges(scorers: Sequence[LoadedScorer]) -> JudgeSummary | None:
    """Who judges in a suite, with the digest that makes two runs' judgements comparable; None where nobody does."""
    judged = [loaded.scorer for loaded in scorers if isinstance(loaded.scorer, JudgedScorer)]
    if not judged:
        return None
    pairs = [(judge, scorer) for scorer in judged for judge in scorer.asked()]
    identities = {canonical_json(judge.identity(scorer.prompts)).decode() for judge, scorer in pairs}
    return JudgeSummary(
        models=tuple(dict.fromkeys(judge.model for judge, _ in pairs)),
        digest=digest("judge", sorted(identities)),
        repeats=max(judge.repeats for judge, _ in pairs),
    )


def judge_ref(judge: JudgeSummary | None) -> dict[str, str]:
    """What the refs of a run say about its judge."""
    return {"judge": judge.digest} if judge else {}


def expected_judge_ref(services: Services, spec: SuiteSpec) -> dict[str, str]:
    """The same for a run that evidence is looked for: with registered judge prompts; functions of the workspace, which ask no
    judge, are not imported."""
    own = [scorer for scorer in (*spec.scorers, *_brought(services, spec)) if ":" not in scorer.scorer]
    scoring = ScoringServices(services.embedder, services.root, open_judge(services, spec.judge, working=False))
    return judge_ref(summarise_judges([load_scorer(scorer, scoring) for scorer in own]))


def _brought(services: Services, spec: SuiteSpec) -> list[ScorerSpec]:
    """The scorers that single cases bring; none where evidence came without its dataset."""
    try:
        cases = chosen_cases(services, spec)
    except NotFound:
        return []
    return specs_of_cases(cases) if cases.may_bring_scorers else []
