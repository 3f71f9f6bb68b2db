"""Commands on aliases: promote, rollback, history."""

from typing import Annotated

import typer

from llmops.cli.output import emit_json, emit_table, here, say


def promote(
    ref: Annotated[str, typer.Argument(help="The version that the alias shall hold: KIND/NAME[@SELECTOR]")],
    to: Annotated[str, typer.Option("--to", help="The alias: staging, production, or any other word.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the history.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Move an alias to a version, in one transaction that checks what it held, with a row in the history.

    Example: llmops promote app/docs@3 --to production --reason "clearer citations"
    """
    with here() as workspace:
        move = workspace.promote(ref, to=to, reason=reason)
        if as_json:
            emit_json(move.model_dump(mode="json"))
            return
        before = f"version {move.from_number}" if move.from_number else "nothing"
        say(f"{move.kind}/{move.name}@{move.alias} now holds version {move.to_number} (before: {before}).")
        say(f"Undo: llmops rollback {move.kind}/{move.name}@{move.alias}")


def rollback(
    ref: Annotated[str, typer.Argument(help="KIND/NAME@ALIAS")],
    to: Annotated[
        int | None, typer.Option("--to", help="A version number; by default what the alias held before.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the history.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Undo the last move of an alias; for an app that moves prompt, index and model back together.

    Example: llmops rollback app/docs@production --reason "wrong citations"
    """
    with here() as workspace:
        move = workspace.rollback(ref, to=to, reason=reason)
        if as_json:
            emit_json(move.model_dump(mode="json"))
            return
        say(f"{move.kind}/{move.name}@{move.alias} is back at version {move.to_number} (was {move.from_number}).")
        say(f"Running programs follow within {workspace.settings.cache.alias_ttl} (setting cache.alias_ttl).")


def history(
    ref: Annotated[str, typer.Argument(help="KIND/NAME[@ALIAS]")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the versions of an artifact and every move of its aliases: who, when, from, to, why.

    Example: llmops history app/docs
    """
    from llmops.core.names import parse_ref

    with here() as workspace:
        parsed = parse_ref(ref)
        moves = workspace.store.aliases.history(parsed.kind, parsed.name, parsed.alias)
        versions = workspace.registry.history(parsed)
        if as_json:
            emit_json(
                {
                    "versions": [version.model_dump(mode="json", exclude={"content"}) for version in versions],
                    "moves": [move.model_dump(mode="json") for move in moves],
                }
            )
            return
        emit_table(
            ["version", "digest", "created (UTC)", "author", "message"],
            [
                [str(v.number), v.digest[:19], f"{v.created_at:%Y-%m-%d %H:%M}", v.origin.author, v.origin.message]
                for v in versions
            ],
            empty="No versions.",
        )
        emit_table(
            ["at (UTC)", "alias", "action", "from", "to", "by", "reason"],
            [
                [
                    f"{m.at:%Y-%m-%d %H:%M}",
                    m.alias,
                    m.action,
                    str(m.from_number or "–"),
                    str(m.to_number),
                    f"{m.actor.name} ({m.actor.source})",
                    m.reason,
                ]
                for m in moves
            ],
            empty="No alias has moved yet.",
        )
