"""What a promotion pins of an index, for an app that says `snapshot: true`."""

from datetime import datetime

from llmops.core.errors import Conflict, InputError
from llmops.core.names import Ref
from llmops.domain.artifact import Alias, AppSpec, Version
from llmops.domain.corpus import RagSpec
from llmops.domain.snapshot import Snapshot
from llmops.flows.services import Services
from llmops.index.generations import find_generation
from llmops.registry.stands import pinned_by


def contents_to_pin(services: Services, target: Version, held: Alias | None, now: datetime) -> Snapshot | None:
    """The contents that an alias pins with a version: those that its index holds now. What is tried out keeps what it was tried
    with, however often its share changes, and also when it is completed.

    Raises:
        InputError: there are no contents that could be pinned.
        Conflict: a sync is at work, and half of what it brings would be pinned.
    """
    if target.kind != "app":
        return None
    spec = AppSpec.model_validate(target.content)
    if not spec.snapshot or spec.rag is None:
        return None
    if held is not None and held.candidate is not None and held.candidate.number == target.number:
        return pinned_by(services.store.aliases.history(held.kind, held.name, held.alias), target.number)
    rag = services.registry.resolve(Ref("rag", spec.rag.name, spec.rag.digest))
    wanted = rag.spec(RagSpec)
    if wanted.retriever is not None:
        return None
    found = find_generation(services.store.corpus.generations(rag.name), wanted)
    if found is None or not found.answers:
        raise InputError(
            f"app/{target.name}@{target.number} pins the contents of index {rag.name!r}, which has not been built for it",
            hint=f"llmops index sync {rag.name}@{rag.number} --build"
            if rag.number
            else f"llmops index sync {rag.name}",
        )
    at_work = services.store.corpus.leases.held(rag.name, now)
    if at_work is not None:
        raise Conflict(
            f"index {rag.name!r} is being changed by {at_work.holder}, so its contents cannot be pinned now",
            hint="Promote again when that has ended.",
        )
    return Snapshot(index=rag.name, generation=found.uid, sequence=found.sequence)


def pins_what_is_there(services: Services, target: Version, held: Alias, now: datetime) -> bool:
    """Whether an alias that holds a version already pins the contents that its index holds now, or pins none."""
    there = contents_to_pin(services, target, held, now)
    return there == pinned_by(services.store.aliases.history(held.kind, held.name, held.alias), target.number)
