"""The command tree. Typer stands at the top; everything else is imported inside the command that needs it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from llmops.cli import (
    alerts,
    aliases,
    approvals,
    artifacts,
    ask,
    db,
    doctor,
    evals,
    exchange,
    guard,
    hooks,
    index,
    init,
    judges,
    log,
    model,
    monitor,
    prompts,
    runs,
)

app = typer.Typer(
    name="llmops",
    help="Version prompts and RAG configurations, evaluate them soundly, keep indexes in step, roll back in one command.",
    epilog="Start with: llmops init my-app · Documentation: docs/getting-started.md",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"llmops {version('llmops')}")
        raise typer.Exit


@app.callback()
def root(
    directory: Annotated[
        Path | None, typer.Option("-C", help="Work in this folder, as if started there.", exists=True, file_okay=False)
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Version prompts and RAG configurations, evaluate them soundly, keep indexes in step, roll back in one command."""
    if directory is not None:
        os.chdir(directory)


app.command()(init.init)
app.command()(artifacts.register)
app.command(name="list")(artifacts.list_artifacts)
app.command()(artifacts.show)
app.command()(artifacts.tag)
app.command()(artifacts.diff)
app.command()(aliases.history)
app.command()(artifacts.delete)
app.command()(exchange.export)
app.command(name="import")(exchange.import_)
app.command()(prompts.render)
app.command()(ask.ask)
app.command(name="eval")(evals.evaluate)
app.add_typer(runs.app, name="runs")
app.add_typer(judges.app, name="judge")
app.command()(aliases.promote)
app.command()(approvals.approve)
app.command()(aliases.rollback)
app.add_typer(index.app, name="index")
app.add_typer(guard.app, name="guard")
app.add_typer(log.app, name="log")
app.add_typer(model.app, name="model")
app.add_typer(monitor.app, name="monitor")
app.add_typer(alerts.app, name="alerts")
app.command()(doctor.doctor)
app.command()(doctor.settings)
app.add_typer(hooks.app, name="hooks")
app.add_typer(db.app, name="db")
