"""Commands on monitors: run, watch, status, report; export and merge."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.monitor_report import report
from llmops.cli.monitor_sites import export, merge
from llmops.cli.monitor_tables import show_statuses
from llmops.cli.output import emit_json, here, say

if TYPE_CHECKING:
    from datetime import datetime

    from llmops.core.hashing import Json
    from llmops.domain.alert import Alert
    from llmops.domain.signal import SignalStatus
    from llmops.flows.watching.run import MonitorRun
    from llmops.workspace.workspace import Workspace

app = typer.Typer(
    help="Monitors: watch what apps answer for drift, with a stated rate of false alarms.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Name = Annotated[str, typer.Argument(help="A monitor: docs, monitor/docs@3.")]


@app.command()
def run(
    monitor: Name,
    begin_anew: Annotated[
        bool, typer.Option("--begin-anew", help="Forget what it knows; take a new reference.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would come of it; write, tell and roll back nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Evaluate a monitor on what is new since the last time. Exit code 1 says that a stream drifts.

    Example: llmops monitor run docs
    """
    with here() as workspace:
        done = _evaluate(workspace, monitor, begin_anew=begin_anew, dry_run=dry_run)
    _tell(done, as_json=as_json, dry_run=dry_run)
    if done.evaluation.drifts:
        raise typer.Exit(1)


@app.command()
def watch(
    monitor: Name,
    every: Annotated[str, typer.Option(help="How often to evaluate: 30s, 10m, 1h.")] = "10m",
    times: Annotated[int | None, typer.Option(help="Stop after so many evaluations.", min=1)] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a monitor again and again, until Ctrl-C.

    Example: llmops monitor watch docs --every 10m
    """
    import time

    from llmops.core.durations import seconds
    from llmops.core.errors import LlmopsError

    pause, done = seconds(every), 0
    while times is None or done < times:
        if done:
            time.sleep(pause)
        try:
            with here() as workspace:
                _tell(_evaluate(workspace, monitor), as_json=as_json)
        except LlmopsError as error:
            if not done:
                raise
            say(f"{error.message}\n{error.hint}\nThe next evaluation is in {every}.")
        done += 1


@app.command()
def status(
    monitor: Annotated[str | None, typer.Argument(help="A monitor; all by default.")] = None, as_json: AsJson = False
) -> None:
    """Show what monitors said last, without evaluating anything.

    Example: llmops monitor status docs
    """
    from llmops.core.errors import NotFound
    from llmops.core.names import parse_ref

    with here() as workspace:
        store = workspace.store.monitors
        names = [parse_ref(monitor, "monitor").name] if monitor else store.names()
        found = {name: store.latest(name) for name in names}
    if monitor and found[names[0]][0] is None:
        raise NotFound(
            f"monitor/{names[0]} was never evaluated", hint=f"Evaluate it with: llmops monitor run {names[0]}"
        )
    if as_json:
        emit_json([_as_json(name, at, statuses) for name, (at, statuses) in found.items()])
        return
    for name, (at, statuses) in found.items():
        if at is not None:
            say(f"monitor/{name} at {at:%Y-%m-%d %H:%M} UTC")
        show_statuses(statuses)
    if not found:
        say("No monitor was evaluated yet: llmops monitor run NAME")


app.command()(report)
app.command("export")(export)
app.command()(merge)


def _evaluate(workspace: "Workspace", monitor: str, *, begin_anew: bool = False, dry_run: bool = False) -> "MonitorRun":
    from llmops.cli.values import now
    from llmops.core.errors import InputError
    from llmops.core.names import parse_ref
    from llmops.flows.watching.run import run_monitor

    ref = parse_ref(monitor, "monitor")
    if workspace.store.is_temporary:
        raise InputError("there is no store yet, and so nothing was logged", hint="Begin with: llmops register")
    return run_monitor(workspace.services, ref, now=now(), begin_anew=begin_anew, dry_run=dry_run)


def _tell(run: "MonitorRun", *, as_json: bool, dry_run: bool = False) -> None:
    done, settled = run
    if as_json:
        told = [
            {"id": _id(alert, word, dry_run=dry_run), "what": word, "title": alert.title}
            for alert, word in settled.told
        ]
        undone = [one.said for one in settled.undone]
        rest = {"read": done.read, "notes": list(done.notes), "alerts": told, "rollbacks": undone, "dry_run": dry_run}
        emit_json({**_as_json(done.monitor, done.at, done.statuses), **rest})
        return
    show_statuses(done.statuses)
    for note in done.notes:
        say(note)
    drifting = sum(status.state == "drift" for status in done.statuses)
    said = f"{drifting} of {len(done.statuses)} streams drift" if drifting else "no drift"
    for alert, word in settled.told:
        if dry_run:
            say(f"{_id(alert, word, dry_run=True) or 'an alert'} would be {word}: {alert.title}")
        else:
            say(f"{alert.id} {word}: {alert.title}; llmops alerts show {alert.id}")
    for one in settled.undone:
        say(one.said)
    say(f"monitor/{done.monitor}: {done.read:,} interactions read, {said}.{' Nothing was written.' if dry_run else ''}")


def _id(alert: "Alert", word: str, *, dry_run: bool) -> str | None:
    """The id of an alert; None of one that a dry run would open."""
    return None if dry_run and word == "opened" else alert.id


def _as_json(name: str, at: "datetime | None", statuses: "Sequence[SignalStatus]") -> "dict[str, Json]":
    return {"monitor": name, "at": at, "statuses": [status.model_dump(mode="json") for status in statuses]}
