"""Commands on alerts: list, show, ack, close."""

from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, here, say

if TYPE_CHECKING:
    from llmops.domain.alert import Alert

app = typer.Typer(help="Alerts: what drifted, since when, what changed before, and what to type.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Id = Annotated[str, typer.Argument(help="The id of an alert, or the beginning of one.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who look at it later.")]


@app.command("list")
def list_alerts(
    monitor: Annotated[str | None, typer.Option(help="Only of this monitor.")] = None,
    state: Annotated[str | None, typer.Option(help="Only open, acknowledged or closed ones.")] = None,
    all_: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 50,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="Print metrics for Prometheus instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List alerts that are not closed, newest first.

    Example: llmops alerts list --monitor docs --all
    """
    from llmops.cli.values import choice
    from llmops.domain.alert import OPEN, STATES

    wanted = choice(state, STATES, "--state")
    with here() as workspace:
        alerts = workspace.store.alerts
        if prometheus:
            from llmops.flows.alerting.prometheus import metrics

            emit(metrics(alerts.find(states=OPEN, limit=None), alerts.count()))
            return
        states = (wanted,) if wanted else () if all_ else OPEN
        found = alerts.find(states=states, monitor=monitor, limit=limit)
    if as_json:
        emit_json([alert.as_json() for alert in found])
        return
    emit_table(
        ("alert", "state", "monitor", "since (UTC)", "opened (UTC)", "what drifted", "follows"),
        [_row(alert) for alert in found],
        empty="No alerts." if all_ or wanted else "No open alerts.",
    )


@app.command()
def show(alert: Id, as_json: AsJson = False) -> None:
    """Show an alert: its evidence, what changed just before, examples, and the commands to type.

    Example: llmops alerts show alr-01k8
    """
    from llmops.flows.alerting.shown import layout, shown

    with here() as workspace:
        found = shown(workspace.store, workspace.store.alerts.get(alert))
    if as_json:
        emit_json(found.as_json())
        return
    for line in layout(found):
        emit(line)


@app.command()
def ack(alert: Id, reason: Reason = "", as_json: AsJson = False) -> None:
    """Acknowledge an alert: somebody looks at it, and nobody is told of it again unless it spreads.

    Example: llmops alerts ack alr-01k8 --reason "looking at it"
    """
    from llmops.cli.values import actor, now
    from llmops.flows.alerting.lifecycle import acknowledge

    with here() as workspace:
        done = acknowledge(workspace.store, alert, actor=actor(workspace), reason=reason, now=now())
    _tell(done, as_json=as_json)


@app.command()
def close(alert: Id, reason: Reason = "", as_json: AsJson = False) -> None:
    """Close an alert that is dealt with. It stays closed until its signals were calm once and drift again, or change anew.

    Example: llmops alerts close alr-01k8 --reason "rolled back"
    """
    from llmops.cli.values import actor, now
    from llmops.flows.alerting.lifecycle import close as close_alert

    with here() as workspace:
        done = close_alert(workspace.store, alert, actor=actor(workspace), reason=reason, now=now())
    _tell(done, as_json=as_json)


def _tell(alert: "Alert", *, as_json: bool) -> None:
    if as_json:
        emit_json(alert.as_json())
    else:
        say(f"{alert.id} is {alert.state}: {alert.title}")


def _row(alert: "Alert") -> tuple[str, ...]:
    names = dict.fromkeys(stream.name for stream in alert.streams)
    follows = f"{alert.ref}, row {alert.move} of the history" if alert.ref else ""
    return (
        alert.id,
        alert.state,
        alert.monitor,
        f"{alert.since:%Y-%m-%d %H:%M}",
        f"{alert.opened_at:%Y-%m-%d %H:%M}",
        ", ".join(names),
        follows,
    )
