"""How `show --at` tells what an alias held at a time, who saw to it, why, and on what evidence."""

from datetime import datetime
from typing import TYPE_CHECKING

from llmops.cli.output import emit_json, emit_table, emit_yaml, say
from llmops.core.errors import NotFound
from llmops.core.hashing import Json
from llmops.core.names import Ref

if TYPE_CHECKING:
    from llmops.domain.artifact import Candidate, Move, Version
    from llmops.workspace.workspace import Workspace


def tell_past(workspace: "Workspace", ref: Ref, when: datetime, *, as_json: bool) -> None:
    """Tell what a ref meant at a moment; of an artifact without a selector, what each of its aliases held.

    Raises:
        NotFound: it did not exist then.
    """
    from llmops.registry.moments import approvals_of, trial_at, version_at

    registry = workspace.registry
    if ref.selector is None:
        _tell_aliases(workspace, ref, when, as_json=as_json)
        return
    version, step = version_at(registry, ref, when)
    trial = trial_at(registry, ref, when) if step else None
    approvals = approvals_of(registry, step) if step else []
    if as_json:
        told = _as_json(ref, when, version, step) | _runs(workspace, step)
        told["trial"] = trial.model_dump() if trial else None
        emit_json(told | {"approvals": [row.model_dump(mode="json") for row in approvals]})
        return
    _tell(ref, when, version)
    if step is not None:
        _tell_step(workspace, step, trial, approvals)
    _emit_content(version)


def _tell_aliases(workspace: "Workspace", ref: Ref, when: datetime, *, as_json: bool) -> None:
    from llmops.registry.moments import version_at

    rows = workspace.store.aliases.history(ref.kind, ref.name)
    places = [ref.at(alias) for alias in sorted({row.alias for row in rows if row.action == "move" and row.at <= when})]
    found = [(place, *version_at(workspace.registry, place, when)) for place in places]
    if as_json:
        emit_json([_as_json(place, when, version, step) for place, version, step in found])
        return
    if not found:
        version_at(workspace.registry, ref, when)  # complains about a name that there was not
    emit_table(
        ["alias", "version", "digest", "since (UTC)", "by", "reason"],
        [
            [place.selector or "", str(version.number), version.digest[:19], *_how(step)]
            for place, version, step in found
            if step is not None
        ],
        empty=f"No alias of {ref} held anything at {_shown(when)}.",
    )


def _how(step: "Move") -> list[str]:
    return [f"{step.at:%Y-%m-%d %H:%M}", f"{step.actor.name} ({step.actor.source})", step.reason]


def _as_json(ref: Ref, when: datetime, version: "Version", step: "Move | None") -> dict[str, Json]:
    return {
        "ref": str(ref),
        "at": when.isoformat(),
        "number": version.number,
        "digest": version.digest,
        "origin": version.origin.model_dump(),
        "content": version.content,
        "move": step.model_dump(mode="json") if step else None,
    }


def _runs(workspace: "Workspace", step: "Move | None") -> dict[str, Json]:
    return {"evidence": [{"run": run, "gates": _outcome(workspace, run)} for run in step.evidence] if step else []}


def _outcome(workspace: "Workspace", run: str) -> str:
    """What the gates of a run said, or that it is not in this store."""
    from llmops.flows.evaluation.standing_report import standing_report

    try:
        report = standing_report(workspace.store, workspace.store.runs.get(run))
    except NotFound:
        return "not in this store"
    return report.outcome if report and report.decisions else "no gates"


def _tell(ref: Ref, when: datetime, version: "Version") -> None:
    say(f"{ref} at {_shown(when)}: version {version.number}")
    say(f"digest    {version.digest}")
    written = f"{version.created_at:%Y-%m-%d %H:%M} UTC  {version.origin.author or 'author unknown'}"
    say(f"from      {written}  {version.origin.message}".rstrip())


def _tell_step(workspace: "Workspace", step: "Move", trial: "Candidate | None", approvals: list["Move"]) -> None:
    from llmops.domain.requirement import Requirement
    from llmops.domain.snapshot import snapshot_of
    from llmops.flows.promotion.requirements import layout

    done = {"move": "moved there", "rollback": "rolled back to it"}[step.action] + (", forced," if step.forced else "")
    say(f"since     {_shown(step.at)}, {done} by {step.actor.name} ({step.actor.source})")
    say(f"before    {f'version {step.from_number}' if step.from_number else 'nothing'}")
    say(f"reason    {step.reason or 'none given'}")
    if (snapshot := snapshot_of(step)) is not None:
        say(f"pinned    {snapshot}")
    for run in step.evidence:
        say(f"evidence  {run}: {_outcome(workspace, run)}")
    for row in approvals:
        say(f"approved  {_shown(row.at)} by {row.actor.name} ({row.actor.source})  {row.reason}".rstrip())
    if trial is not None:
        say(f"beside it {trial}")
    known = step.details.get("requirements", []) if isinstance(step.details, dict) else []
    for line in layout([Requirement.model_validate(item) for item in known]) if known else ():
        say(f"  {line}")


def _emit_content(version: "Version") -> None:
    emit_yaml(version.content)


def _shown(when: datetime) -> str:
    from datetime import UTC

    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
