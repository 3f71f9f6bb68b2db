"""A second `--until-decided` on the same digests goes on with the first: more data counts only by continuing the capital."""

from collections.abc import Mapping

from llmops.core.errors import InputError
from llmops.core.hashing import Json
from llmops.core.names import WORKING
from llmops.domain.run import Run
from llmops.flows.evaluation.baselines import NamedBaseline
from llmops.flows.evaluation.plan import Plan
from llmops.flows.services import Services

MOST_RUNS = 200  # the latest runs of a suite, among which the first one is looked for


def find_begun(services: Services, plan: Plan, against: Mapping[str, Json]) -> Run | None:
    """The latest run until decided on the same digests, scorers and baselines, whether it ended or not."""
    scorers = {loaded.label: loaded.identity for loaded in plan.scorers}
    wanted = {"repeats": plan.repeats, "scorers": scorers, "against": dict(against), "compare": plan.options.compare}
    for run in services.store.runs.runs(name=plan.suite, limit=MOST_RUNS):
        asked = run.parameters.get("asked") or {}
        if not asked.get("until_decided") or run.refs != dict(plan.refs):
            continue
        if all(run.parameters.get(key) == value for key, value in wanted.items()):
            return run
    return None


def digests_of(services: Services, named: Mapping[str, NamedBaseline | None]) -> dict[str, Json]:
    """What the baselines are now, by name: a digest, a run, or None where nothing holds it."""
    found: dict[str, Json] = {}
    for text, one in named.items():
        if one is None:
            found[text] = None
        elif one.run is not None:
            found[text] = one.run.id
        else:
            found[text] = services.registry.resolve(one.ref).digest if one.ref else text
    return found


def pinned(services: Services, named: NamedBaseline) -> str:
    """A baseline as a target that stays what it is when its alias moves."""
    ref = named.ref
    if ref is None:
        return named.text
    if ref.selector in (None, WORKING):
        return str(ref)
    return str(ref.at(services.registry.lookup.version(ref).number))


def refuse_limit(plan: Plan) -> None:
    """Refuse `--limit` beside `--until-decided`.

    Raises:
        InputError: both are given.
    """
    if plan.options.limit is not None:
        raise InputError(
            "--limit takes the first cases, --until-decided draws them: they do not go together",
            hint=f"llmops eval {plan.suite} --until-decided stops by itself.",
        )
