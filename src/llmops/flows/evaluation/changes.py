"""What changed between the artifacts of two runs, so that a comparison shows the cause next to the effect."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from llmops.core.errors import LlmopsError
from llmops.core.hashing import Json
from llmops.core.names import Kind, parse_ref
from llmops.domain.artifact import AppSpec
from llmops.domain.run import Run
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.saving import save_page
from llmops.flows.services import Services
from llmops.presentation.diffs import ContentChange, FieldChange, diff_page
from llmops.registry.bundles import Resolved
from llmops.registry.diff import Change, Diff, diff

PARTS: tuple[Kind, ...] = ("prompt", "rag", "policy")


def with_changes(services: Services, dossier: Dossier) -> Dossier:
    """Add what differs between app, prompt, RAG configuration, policy and model of a run and of its baseline."""
    comparison = dossier.report.comparison
    if comparison is None:
        return dossier
    try:
        before, after = (services.store.runs.get(run) for run in (comparison.baseline_run, dossier.report.run_id))
    except LlmopsError:  # the baseline was deleted
        return dossier
    return replace(dossier, changes=tuple(_changes(services, before, after)))


def as_change(found: Diff) -> ContentChange:
    """A difference between two versions as pages show it."""
    fields = tuple(_field(change) for change in found.changes)
    return ContentChange(found.before, found.after, fields)


def save_diff(found: Diff, path: Path) -> None:
    """Write a page with two versions side by side.

    Raises:
        InputError: the name does not end in .html.
        OutsideError: the file cannot be written.
    """
    save_page(diff_page(as_change(found)), path)


def _changes(services: Services, before: Run, after: Run) -> Iterator[ContentChange]:
    old, new = _parts(services, before), _parts(services, after)
    for kind in ("app", *PARTS):
        if before.refs.get(kind) == after.refs.get(kind):
            continue
        left, right = old.get(kind), new.get(kind)
        if left is not None and right is not None:
            found = as_change(diff(left, right))
            yield _without_digests(found) if kind == "app" else found
        else:
            names = [str(run.refs.get(kind, "none"))[:19] for run in (before, after)]
            yield ContentChange(
                f"{kind} {names[0]}", f"{kind} {names[1]}",
                note="One of the two is not stored here: it was a working file that was never registered, or there is none.",
            )  # fmt: skip
    if "model" in old and "model" in new and before.refs.get("model") != after.refs.get("model"):
        yield as_change(diff(old["model"], new["model"]))
        return
    models = before.refs.get("model"), after.refs.get("model")
    if models[0] != models[1] and before.refs.get("app") == after.refs.get("app"):
        yield ContentChange("baseline", "candidate", (FieldChange("model", *models),))


def _without_digests(found: ContentChange) -> ContentChange:
    """An app's difference without the digests of its parts, which are shown by themselves."""
    kept = tuple(field for field in found.fields if not field.field.endswith(".digest"))
    note = "" if kept else "Only parts of it differ, which follow."
    return replace(found, fields=kept, note=note)


def _parts(services: Services, run: Run) -> dict[str, Resolved]:
    """The artifacts of a run by kind, as far as their contents are at hand."""
    parts: dict[str, Resolved] = {}
    try:
        target = parse_ref(str(run.parameters.get("target", "")).split(" ")[0])
    except LlmopsError:  # the target is no artifact
        return parts
    found = _resolve(services, target.kind, target.name, run.refs.get(target.kind))
    if found is None:
        return parts
    parts[target.kind] = found
    if target.kind == "app":
        spec = found.spec(AppSpec)
        pins = {"prompt": spec.prompt, "rag": spec.rag, "policy": spec.policy}
        for kind in PARTS:
            pin = pins[kind]
            part = None if pin is None else _resolve(services, kind, pin.name, pin.digest)
            if part is not None:
                parts[kind] = part
    return parts


def _resolve(services: Services, kind: Kind, name: str, digest: str | None) -> Resolved | None:
    if digest is None:
        return None
    try:
        return services.registry.resolve(parse_ref(f"{kind}/{name}@{digest}"))
    except LlmopsError:  # neither registered nor the working file
        return None


def _field(change: Change) -> FieldChange:
    before = None if change.added else _text(change.before)
    return FieldChange(change.field, before, None if change.removed else _text(change.after))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True)
