"""Whether the index generation that a version answers from is there, whole, verified and in step."""

from collections.abc import Iterator

from llmops.core.names import Ref
from llmops.domain.artifact import AppSpec, Version
from llmops.domain.corpus import RagSpec
from llmops.domain.requirement import Requirement
from llmops.flows.refresh import index_of
from llmops.flows.services import Services
from llmops.index.status import GenerationStatus, Status
from llmops.registry.bundles import Resolved


def check_generation(services: Services, target: Version) -> Iterator[Requirement]:
    """An app answers from the generation that its RAG configuration selects, a RAG configuration from its own: it must be
    ready and verified. One with a retriever of its own has none."""
    rag = _rag_of(services, target)
    if rag is None or rag.spec(RagSpec).retriever is not None:
        return
    status = index_of(services, rag.name, rag.spec(RagSpec)).status()
    current = status.current
    selected = f"{rag.name}@{rag.number}" if rag.number else rag.name
    problem, command = _problem(status, current, selected)
    ready = f"generation {current.uid} is ready and verified" if current is not None else ""
    yield Requirement(
        name=f"index {rag.name}",
        state="not met" if problem else "met",
        detail=problem or ready,
        command=f"llmops index {command}",
    )


def _rag_of(services: Services, target: Version) -> Resolved | None:
    if target.kind == "rag":
        return services.registry.resolve(Ref("rag", target.name, str(target.number)))
    pin = AppSpec.model_validate(target.content).rag if target.kind == "app" else None
    return services.registry.resolve(Ref("rag", pin.name, pin.digest)) if pin is not None else None


def _problem(status: Status, current: GenerationStatus | None, selected: str) -> tuple[str, str]:
    """What is wrong with a generation, empty if nothing is, and the command that mends it."""
    sync, verify = f"sync {selected}", f"verify {selected}"
    if current is None:
        others = any(one.state != "building" for one in status.generations)
        return "it has not been built for this configuration", f"{sync} --build" if others else sync
    named = f"generation {current.uid}"
    if current.state == "building":
        return f"{named} is building, not ready", sync
    if current.state == "broken":
        return f"{named} is broken: a verification found it damaged", f"{verify} --repair"
    if current.state == "retired":
        return f"{named} is retired: no sync has kept it in step with its sources", sync
    if current.distrust:
        return current.distrust, sync
    return ("" if current.verified_at else f"{named} was never verified"), verify
