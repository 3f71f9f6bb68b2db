"""Commands that write runs to files, and bring them in from another store."""

from pathlib import Path
from typing import Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, here, say


def export(
    runs: Annotated[list[str] | None, typer.Argument(help="A run; several for an archive.")] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("-o", "--output", help="Where to: .html, .md, .csv or .json, or .tar.gz for `runs import`."),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of reports.")] = False,
) -> None:
    """Write the report of a run as a page, Markdown, CSV or JSON, or runs as an archive for another store.

    Example: llmops runs export run-06ab -o report.html
    """
    from llmops.core.errors import InputError
    from llmops.evals.reports.saving import check_format
    from llmops.flows.evaluation.saving import save_run
    from llmops.registry.exchange.run_files import export_runs, is_archive

    if schema:
        from llmops.evals.reports.schema import report_schema

        emit_json(report_schema())
        return
    if not runs or not output:
        raise InputError("a run and a file are needed", hint="llmops runs export RUN -o report.html")
    reports = [path for path in output if not is_archive(path)]
    for path in reports:
        check_format(path)
    if reports and len(runs) > 1:
        raise InputError(f"{reports[0]} is about one run", hint="Write several runs as an archive: -o runs.tar.gz")
    with here() as workspace:
        for path in output:
            if path in reports:
                save_run(workspace.services, runs[0], [path])
                say(f"Written: {path}")
                continue
            done = export_runs(workspace.store, path, runs)
            say(f"Written: {path} ({len(done.runs)} runs)")
            emit(done.digest)


def import_(
    path: Annotated[Path, typer.Argument(help="What `runs export -o FILE.tar.gz` wrote.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take in runs of another store; every digest is checked, and a second time does nothing.

    Example: llmops runs import runs.tar.gz
    """
    from dataclasses import asdict

    from llmops.flows.exchange import import_store
    from llmops.workspace.writing import for_writing

    with here() as workspace:
        services = workspace.services if dry_run else for_writing(workspace)
        done = import_store(services, path, dry_run=dry_run)
    if as_json:
        emit_json({"digest": done.digest, "runs": [asdict(run) for run in done.runs], "dry_run": done.dry_run})
        return
    new = [[run.id, run.suite] for run in done.runs if run.created]
    emit_table(["new run", "suite"], new, empty="No new runs.")
    verb = "would be new" if dry_run else "new"
    labels = f", {done.labels} labels {verb}" if done.labels else ""
    say(f"{len(new)} runs {verb}, {len(done.runs) - len(new)} known{labels}. Export {done.digest}")
