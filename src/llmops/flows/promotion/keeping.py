"""Runs that must stay: those that promotions rest on, and those that decide one that is still to come.

The first finished report on the digests decides. If it could be deleted, the next would be a second try.
"""

from llmops.core.errors import Conflict, InputError
from llmops.core.names import Ref, parse_ref
from llmops.domain.promotion import merge_rules
from llmops.domain.run import Run
from llmops.flows.services import Services


def remove_run(services: Services, run: Run) -> None:
    """Delete a run with its case results.

    Raises:
        Conflict: the history names it as evidence, a model came from it, or a rule in force asks for the report that it is.
    """
    with services.store.transaction():
        for move in services.store.aliases.history():
            if run.id in move.evidence:
                raise Conflict(
                    f"{run.id} is the evidence of {move.kind}/{move.name}@{move.alias} in the history",
                    hint=f"llmops history {move.kind}/{move.name}",
                )
        for version in services.store.versions.referring(run.id):
            raise Conflict(
                f"{version.kind}/{version.name}@{version.number} came from {run.id}",
                hint=f"Delete that first: llmops delete {version.kind}/{version.name}",
            )
        alias = _asked_for(services, run)
        if alias:
            raise Conflict(
                f"{run.id} stays, because {alias} requires a report of {run.name}, of which the first finished one decides",
                hint="Only runs that were interrupted, failed or limited can be deleted there.",
            )
        services.store.runs.remove(run.id)


def _asked_for(services: Services, run: Run) -> str:
    """The alias whose rule asks for a report such as this one; empty if none does."""
    target = _target(run)
    if target is None or run.status != "finished" or "limit" in run.parameters or target.kind not in run.refs:
        return ""
    rules = services.store.rules.in_force()
    aliases = sorted({key.alias for key in rules})
    asking = (alias for alias in aliases if run.name in merge_rules(rules, alias, target.kind, target.name).require)
    return next(asking, "")


def _target(run: Run) -> Ref | None:
    """What a run asked; None where it does not say."""
    try:
        return parse_ref(str(run.parameters.get("target", "")).partition(" ")[0])
    except InputError:
        return None
