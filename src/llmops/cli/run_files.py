"""Commands that write runs to files and to MLflow, and bring them in: from another store, MLflow, or where they waited."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, here, say
from llmops.core.errors import InputError

if TYPE_CHECKING:
    from llmops.flows.mlflow_exchange import Exchanged
    from llmops.workspace.workspace import Workspace

Mlflow = Annotated[
    str | None,
    typer.Option("--mlflow", help="MLflow in place of a file: http://127.0.0.1:5000, sqlite:///mlflow.db or ./mlruns."),
]
Files = Annotated[bool, typer.Option("--files/--no-files", help="With the files of runs, to or from MLflow.")]


def export(
    runs: Annotated[list[str] | None, typer.Argument(help="A run; several for an archive.")] = None,
    output: Annotated[
        list[Path] | None,
        typer.Option("-o", "--output", help="Where to: .html, .md, .csv or .json, or .tar.gz for `runs import`."),
    ] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of reports.")] = False,
    mlflow: Mlflow = None,
    files: Files = True,
) -> None:
    """Write the report of a run as a page, Markdown, CSV or JSON, or runs as an archive for another store, or to MLflow.

    Example: llmops runs export run-06ab -o report.html
    """
    from llmops.evals.reports.saving import check_format
    from llmops.flows.evaluation.saving import save_run
    from llmops.registry.exchange.run_files import export_runs, is_archive

    if schema:
        from llmops.evals.reports.schema import report_schema

        emit_json(report_schema())
        return
    if mlflow is not None:
        if not runs or output:
            raise InputError(
                "name the runs to write to MLflow, and no file", hint=f"llmops runs export RUN --mlflow {mlflow}"
            )
        from llmops.flows.mlflow_exchange import export_mlflow

        with here() as workspace:
            chosen = [workspace.store.runs.get(run) for run in runs]
            _tell(export_mlflow(workspace.store, mlflow, chosen, files=files))
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
    path: Annotated[Path | None, typer.Argument(help="What `runs export -o FILE.tar.gz` wrote.")] = None,
    mlflow: Mlflow = None,
    experiment: Annotated[
        list[str] | None, typer.Option(help="Only this experiment of MLflow; may be given several times.")
    ] = None,
    files: Files = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Take in runs of another store, every digest checked, or of MLflow; a second time does nothing.

    Example: llmops runs import runs.tar.gz
    """
    from dataclasses import asdict

    from llmops.flows.exchange import import_store
    from llmops.workspace.writing import for_writing

    if mlflow is not None and path is None and not dry_run:
        from llmops.flows.mlflow_exchange import import_mlflow

        with here() as workspace:
            _tell(import_mlflow(for_writing(workspace).store, mlflow, experiment or [], files=files), as_json=as_json)
        return
    if path is None or mlflow is not None:
        raise InputError("name one archive, or MLflow without --dry-run", hint="llmops runs import runs.tar.gz")
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


def recover() -> None:
    """Bring in what runs recorded while the store did not take it; the next run of the workspace does so, too.

    Example: llmops runs recover
    """
    from llmops.flows.recording import Recording

    with here() as workspace:
        brought = Recording(workspace.store, workspace.root).waiting().bring_in()
    say(f"Brought in {brought} batches." if brought else "Nothing waits.")


def tell_waiting(workspace: "Workspace") -> None:
    """Say that something waits, where it does."""
    from llmops.flows.recording import Recording

    if waiting := Recording(workspace.store, workspace.root).waiting().count():
        say(f"What runs recorded waits in {waiting} files: llmops runs recover")


def _tell(done: "Exchanged", *, as_json: bool = False) -> None:
    if as_json:
        new = [{"id": run, "name": name} for run, name in done.new]
        emit_json({"runs": new, "known": done.known, "remarks": done.remarks})
        return
    emit_table(["new run", "name"], done.new, empty="No new runs.")
    for remark in done.remarks:
        say(remark)
    say(f"{len(done.new)} runs new, {done.known} known.")
