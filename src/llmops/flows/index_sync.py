"""Keep an index in step with its sources: the generation that is asked for, and every other one that somebody needs.

A change of chunking leaves the old generation to those who answer from it, and their users want today's documents, too. So a
sync goes through all generations that working files need, or what an alias holds, held before or tries out; what nobody
needs any more is retired. Where an index has one generation there is nothing to ask, and nobody is asked.
"""

from collections import defaultdict
from dataclasses import replace

from llmops.backends.executors import LOCAL
from llmops.core.bridge import to_thread
from llmops.core.errors import Conflict, InputError, LlmopsError
from llmops.core.names import Ref
from llmops.domain.artifact import AppSpec, Version
from llmops.domain.corpus import RagSpec
from llmops.domain.crew import OpenCrew
from llmops.domain.manifest import Generation
from llmops.domain.ports import Progress
from llmops.domain.smoke import Smoke
from llmops.flows.index_needs import Need, find_needs, gathered
from llmops.flows.refresh import index_of
from llmops.flows.services import Services
from llmops.index.estimate import BuildNeeded, Estimate, check_budget
from llmops.index.index import Index, SyncOptions, SyncReport, utc_now
from llmops.index.prepare import SERVED
from llmops.index.retention import retire


async def sync_index(services: Services, ref: Ref, options: SyncOptions, progress: Progress) -> SyncReport:
    """Bring the generation of a configuration into step, then those that others need; a report with a line for each.

    What keeps another generation from being brought into step is told in the report and stops nothing else.

    Raises:
        BuildNeeded: the one that is asked for is still to be built, which `options` do not say; the others are in step.
        NotFound: there is no such executor.
        Conflict, InputError, OutsideError: the generation that is asked for cannot be brought into step.
    """
    resolved = services.registry.resolve(ref)
    spec = resolved.spec(RagSpec)
    index, crew = index_of(services, resolved.name, spec), _crew(services, options)
    if not await to_thread(_others, services, resolved.name, spec):
        return await index.sync(progress, options, crew)
    needs = await to_thread(find_needs, services, resolved.name)
    wanted = _by_fingerprint(needs, spec)
    others = [index_of(services, resolved.name, by[0].spec) for by in wanted.values()]
    if options.budget is not None:
        await to_thread(_check_budget, [index, *others], options.budget)
        options = replace(options, budget=None)
    needed: BuildNeeded | None = None
    try:
        report = await index.sync(progress, options, crew)
    except BuildNeeded as error:
        needed, report = error, SyncReport(index=resolved.name, generation="")
    done, troubles = list[SyncReport](), list[str]()
    for other, by in zip(others, wanted.values(), strict=True):
        who = tuple(dict.fromkeys(need.who for need in by))
        try:
            kept = await other.sync(progress, replace(options, build=False, resume=False), crew)
            done.append(kept.model_copy(update={"kept_for": who}))
        except LlmopsError as error:
            troubles.append(
                f"the generation for {', '.join(who)} is not in step: {error.message}; {_hint(error, by[0])}"
            )
    if needed is not None:
        raise needed.beside([f"generation {kept.generation}, for {', '.join(kept.kept_for)}" for kept in done])
    looked = await _look(services, resolved.name, spec, needs, report)
    retired = await to_thread(_retire, services, resolved.name, needs, report.generation)
    told = {"others": tuple(done), "troubles": tuple(troubles), "retired": retired, "smoke": looked}
    return report.model_copy(update=told)


def retire_unneeded(services: Services, version: Version) -> tuple[str, ...]:
    """After an alias moved: retire the generations of its index that nobody needs any more; returns their uids.

    A sync that is at work, or a working file that cannot be read, leaves that to the next sync.
    """
    name = _index_of_version(version)
    if name is None or len(services.store.corpus.generations(name)) < 2:
        return ()
    try:
        return _retire(services, name, find_needs(services, name), "")
    except (Conflict, InputError):
        return ()


def _crew(services: Services, options: SyncOptions) -> OpenCrew | None:
    if options.executor == LOCAL:
        return None
    from llmops.flows.index_crew import crew_opener  # most syncs are done by this process

    return crew_opener(services, options)


async def _look(services: Services, name: str, spec: RagSpec, needs: list[Need], report: SyncReport) -> Smoke | None:
    """What a generation that was just built finds, beside what one finds that alias holders answer from, or else the last one."""
    if not report.reason or report.problems:
        return None
    who = gathered(needs)
    rest = [g for g in _others(services, name, spec) if g.answers and g.pipeline in SERVED]
    old = max(rest, key=lambda g: (who.is_active(g), g.synced_at or g.created_at), default=None)
    if old is None:
        return None
    from llmops.flows.evaluation.smoke import smoke  # a sync that builds nothing evaluates nothing

    return await smoke(services, name, spec, report.generation, old)


def _others(services: Services, name: str, spec: RagSpec) -> list[Generation]:
    """The generations of other configurations."""
    return [each for each in services.store.corpus.generations(name) if each.fingerprint != spec.fingerprint]


def _by_fingerprint(needs: list[Need], asked: RagSpec) -> dict[str, list[Need]]:
    found: defaultdict[str, list[Need]] = defaultdict(list)
    for need in needs:
        if need.spec.fingerprint != asked.fingerprint:
            found[need.spec.fingerprint].append(need)
    return found


def _check_budget(indexes: list[Index], budget: float) -> None:
    """Refuse before anything is embedded what would cost more, all generations together."""
    each = [index.plan().estimate for index in indexes]
    costs = [one.cost for one in each]
    total = Estimate(
        documents=sum(one.documents for one in each),
        chunks=sum(one.chunks for one in each),
        tokens=sum(one.tokens for one in each),
        cost=None if None in costs else sum(cost for cost in costs if cost is not None),
    )
    check_budget(indexes[0].name, total, budget)


def _hint(error: LlmopsError, need: Need) -> str:
    return error.hint.replace(f"llmops index sync {need.rag.name} ", f"llmops index sync {need.ref} ")


def _retire(services: Services, name: str, needs: list[Need], keep: str) -> tuple[str, ...]:
    try:
        return retire(services.store.corpus, name, gathered(needs), keep, utc_now())
    except Conflict:
        return ()  # another sync has begun meanwhile, and does it


def _index_of_version(version: Version) -> str | None:
    if version.kind == "rag":
        return version.name
    pin = AppSpec.model_validate(version.content).rag if version.kind == "app" else None
    return pin.name if pin is not None else None
