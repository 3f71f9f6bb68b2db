"""Commands that say how things stand: doctor, settings."""

from typing import Annotated

import typer

from llmops.cli.output import emit_json, emit_table, here, say


def settings(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print every setting with its value and where it came from.

    Example: llmops settings
    """
    with here() as workspace:
        found = list(workspace.settings)
        if as_json:
            emit_json({item.key: {"value": item.value, "source": item.source} for item in found})
            return
        emit_table(
            ["setting", "value", "source"],
            [[item.key, str(item.value), item.source] for item in found],
            empty="No settings.",
        )


def doctor(
    prune_cache: Annotated[bool, typer.Option("--prune-cache", help="Empty the reply cache.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the workspace: Python, extras, settings, store, files and models; says what to type where something is wrong.

    Example: llmops doctor
    """
    from llmops.flows.diagnose import diagnose

    with here() as workspace:
        if prune_cache:
            say(f"Removed {workspace.store.replies.prune()} cached replies.")
        findings = diagnose(workspace.root, workspace.settings, workspace.store, workspace.registry)
        if as_json:
            emit_json([{"what": f.what, "state": f.state, "detail": f.detail, "hint": f.hint} for f in findings])
        else:
            emit_table(
                ["", "what", "detail"],
                [[f.state, f.what, f.detail + (f"\n{f.hint}" if f.hint else "")] for f in findings],
                empty="Nothing to check.",
            )
        if any(finding.state == "wrong" for finding in findings):
            raise typer.Exit(1)
