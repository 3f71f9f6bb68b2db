"""Commands on hooks: list, deliveries, retry."""

from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit_json, emit_table, here, say

if TYPE_CHECKING:
    from llmops.core.hashing import Json
    from llmops.domain.hook import Delivery, DeliveryState

app = typer.Typer(help="Hooks: who is told of what, what was delivered, and trying again.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_hooks(as_json: AsJson = False) -> None:
    """List the hooks of llmops.toml: what each is told of, where, and what it lacks.

    Example: llmops hooks list
    """
    import os

    with here() as workspace:
        pending, failed = (workspace.store.deliveries.count(state) for state in ("pending", "failed"))
        found: list[dict[str, Json]] = [
            {
                "name": name,
                "on": list(hook.on),
                "to": hook.place,
                "kind": "command" if hook.command else "webhook",
                "missing": hook.missing(os.environ),
                "pending": pending.get(name, 0),
                "failed": failed.get(name, 0),
            }
            for name, hook in workspace.settings.hooks.items()
        ]
        if as_json:
            emit_json(found)
            return
        emit_table(
            ["hook", "on", "to", "pending", "failed", "state"],
            [
                [
                    hook["name"],
                    ", ".join(hook["on"]),
                    hook["to"],
                    str(hook["pending"]),
                    str(hook["failed"]),
                    f"waits: {hook['missing']} is not set" if hook["missing"] else "ready",
                ]
                for hook in found
            ],
            empty="No hooks: write [hooks.NAME] in llmops.toml, see docs/hooks.md.",
        )
        named = {name for name in pending if not name.startswith("notify:")}  # notices of alerts have no hook
        strange = sorted(named - {*workspace.settings.hooks})
        if strange:
            say(f"Deliveries wait for hooks that are not in this llmops.toml: {', '.join(strange)}.")


@app.command()
def deliveries(
    hook: Annotated[str | None, typer.Option(help="Only to this hook.")] = None,
    state: Annotated[str | None, typer.Option(help="Only pending, delivered or failed ones.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with what is sent.")] = False,
) -> None:
    """List what was or is to be delivered to hooks, newest first, with the last error.

    Example: llmops hooks deliveries --state failed
    """
    with here() as workspace:
        found = workspace.store.deliveries.latest(hook=hook, state=_state(state), limit=limit)
        if as_json:
            emit_json([_as_json(delivery) for delivery in found])
        else:
            _print(found, empty="Nothing was to be delivered.")


@app.command()
def retry(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Deliveries; by default all that are pending or failed.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try deliveries to hooks and notices of alerts again now, those given up included, and wait for the outcome.

    Exits 0 when all are delivered, 3 when one is not.

    Example: llmops hooks retry
    """
    from llmops.flows.alerting.notices import retry as try_again

    with here() as workspace:
        found = try_again(workspace.services, ids or None)
        if as_json:
            emit_json([_as_json(delivery) for delivery in found])
        else:
            _print(found, empty="Nothing waits.")
        left = [delivery for delivery in found if delivery.state != "delivered"]
        if left:
            say(f"{len(found) - len(left)} delivered, {len(left)} not. llmops hooks list shows what a hook lacks.")
            raise typer.Exit(3)


def _print(found: "list[Delivery]", *, empty: str) -> None:
    emit_table(
        ["delivery", "hook", "event", "created (UTC)", "state", "attempts", "error"],
        [
            [
                delivery.id,
                delivery.hook,
                delivery.event,
                f"{delivery.created_at:%Y-%m-%d %H:%M}",
                delivery.state,
                str(delivery.attempts),
                delivery.error,
            ]
            for delivery in found
        ],
        empty=empty,
    )


def _as_json(delivery: "Delivery") -> dict[str, object]:
    import json

    shown = delivery.model_dump(mode="json", exclude={"body", "token"})
    return {**shown, "body": json.loads(delivery.body)}


def _state(text: str | None) -> "DeliveryState | None":
    from typing import get_args

    from llmops.core.errors import InputError
    from llmops.core.names import did_you_mean
    from llmops.domain.hook import DeliveryState

    if text is None:
        return None
    found: DeliveryState | None = next((known for known in get_args(DeliveryState) if known == text), None)
    if found is not None:
        return found
    raise InputError(f"{text!r} is no state of a delivery", hint=did_you_mean(text, get_args(DeliveryState)))
