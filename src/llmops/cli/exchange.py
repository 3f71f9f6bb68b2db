"""Commands that carry versions and evidence between stores, and files of other tools in: export, import."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, here, say

if TYPE_CHECKING:
    from llmops.flows.exchange import Converted
    from llmops.registry.exchange.importing import Imported

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def export(
    refs: Annotated[
        list[str] | None, typer.Argument(help="KIND/NAME with all versions, or KIND/NAME@SELECTOR; all by default.")
    ] = None,
    output: Annotated[
        Path, typer.Option("-o", "--output", help="Where to: a folder, or a file that ends in .tar or .tar.gz.")
    ] = Path("llmops-export.tar.gz"),
    at: Annotated[
        str | None, typer.Option("--at", help="Only what aliases held then: 2026-03-01, '2026-03-01 14:30' (UTC), 2h.")
    ] = None,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Reports and case results of the runs on these versions too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write versions, all that they pin and the history of aliases to a folder or archive; prints its digest.

    Example: llmops export app/docs@production --evidence -o docs.tar.gz
    """
    from llmops.cli.values import now
    from llmops.core.moments import read_moment
    from llmops.core.names import parse_ref
    from llmops.flows.exchange import export_store

    with here() as workspace:
        moment = read_moment(at, now()) if at is not None else None
        done = export_store(
            workspace.services, output, [parse_ref(ref) for ref in refs or []], at=moment, evidence=evidence
        )
        if as_json:
            emit_json(
                {
                    "path": str(done.path),
                    "digest": done.digest,
                    "at": moment.isoformat() if moment else None,
                    "versions": [f"{kind}/{name}@{number}" for kind, name, number in done.versions],
                    "runs": list(done.runs),
                    "aliases": [place.model_dump(mode="json") for place in done.aliases],
                    "history": done.history.model_dump(),
                }
            )
            return
        parts = [f"{len(done.versions)} versions", f"{done.history.rows} rows of history"]
        if evidence:
            parts.append(f"{len(done.runs)} runs")
        for place in done.aliases if at is not None else ():
            say(
                f"{place.kind}/{place.name}@{place.alias} held version {place.number} since {place.since:%Y-%m-%d %H:%M} UTC"
            )
        say(f"Written: {done.path} ({', '.join(parts)})")
        emit(done.digest)


def import_(
    path: Annotated[str, typer.Argument(help="An export, or with --from a file or folder of another tool.")],
    source: Annotated[
        str | None, typer.Option("--from", help="promptfoo, langfuse, mlflow, prompty or dotprompt.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; print the same list.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring an export into this store, or the files of another tool into this workspace; nothing is ever overwritten.

    Example: llmops import docs.tar.gz
    """
    from llmops.flows.exchange import import_foreign, import_store
    from llmops.workspace.writing import for_writing

    with here() as workspace:
        if source is not None:
            _tell_converted(import_foreign(workspace.services, path, source, dry_run=dry_run), as_json, dry_run)
            return
        services = workspace.services if dry_run else for_writing(workspace)
        _tell_imported(import_store(services, Path(path), dry_run=dry_run), as_json)


def _tell_converted(done: "Converted", as_json: bool, dry_run: bool) -> None:
    if as_json:
        emit_json(
            {
                "files": [{"path": file.path, "from": file.source, "state": file.state} for file in done.files],
                "remarks": [{"file": note.file, "line": note.line, "text": note.text} for note in done.remarks],
            }
        )
        return
    emit_table(
        ["file", "from", "state"],
        [[file.path, file.source, file.state] for file in done.files],
        empty="Nothing to write.",
    )
    for note in done.remarks:
        emit(str(note))
    new = sum(file.state == "new" for file in done.files)
    say(f"{new} files {'would be written' if dry_run else 'written'}, {len(done.remarks)} remarks.")
    if new and not dry_run:
        say("Look at them, then: llmops register")


def _tell_imported(done: "Imported", as_json: bool) -> None:
    from dataclasses import asdict

    if as_json:
        emit_json(
            {
                "digest": done.digest,
                "versions": [
                    {
                        "ref": f"{v.kind}/{v.name}@{v.number}", "digest": v.digest, "created": v.created,
                        "number_there": v.number_there,
                    }
                    for v in done.versions
                ],
                "runs": [asdict(run) for run in done.runs],
                "aliases": [{**place.model_dump(mode="json"), "number_here": done.number_of(place)} for place in done.aliases],
                "history": done.history.model_dump(),
            }
        )  # fmt: skip
        return
    rows = [
        [f"{v.kind}/{v.name}@{v.number}", f"@{v.number_there}" if v.number_there != v.number else "", v.digest[:19]]
        for v in done.versions
        if v.created
    ]
    emit_table(["new version", "there", "digest"], rows, empty="No new versions.")
    if any(run.created for run in done.runs):
        emit_table(["new run", "suite"], [[run.id, run.suite] for run in done.runs if run.created], empty="")
    for place in done.aliases:
        here_ = done.number_of(place)
        say(
            f"{place.kind}/{place.name}@{place.alias} was version {place.number} there. To set it here: "
            f"llmops promote {place.kind}/{place.name}@{here_} --to {place.alias}"
        )
    new_runs = sum(run.created for run in done.runs)
    verb = "would be new" if done.dry_run else "new"
    labels = f", {done.labels} labels {verb}" if done.labels else ""
    say(
        f"{len(rows)} versions {verb}, {len(done.versions) - len(rows)} known; {new_runs} runs {verb}, "
        f"{len(done.runs) - new_runs} known{labels}. Export {done.digest}"
    )
