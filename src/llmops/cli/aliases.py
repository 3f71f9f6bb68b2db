"""Commands on aliases: promote, rollback, history."""

from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, here, say
from llmops.cli.values import actor, now

if TYPE_CHECKING:
    from llmops.core.hashing import Json
    from llmops.domain.artifact import Move
    from llmops.flows.promotion.promote import Promotion

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for the history.")]


def promote(
    ref: Annotated[str, typer.Argument(help="The version that the alias shall hold: KIND/NAME[@SELECTOR]")],
    to: Annotated[str, typer.Option("--to", help="The alias: staging, production, or any other word.")],
    canary: Annotated[
        str | None, typer.Option(help="Let this share of traffic be answered by it, such as 10%; again to widen.")
    ] = None,
    shadow: Annotated[
        str | None, typer.Option(help="Let it answer this share of traffic unseen, beside what the alias holds.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is required and what is met.")] = False,
    force: Annotated[
        bool,
        typer.Option("--force", help="Move it although a requirement is not met; needs --reason, stays on record."),
    ] = False,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Move an alias to a version, if its rules of promotion are met; with a row in the history.

    Without --canary, promoting what is tried out completes the trial. Exits 1 where a requirement is not met.

    Example: llmops promote app/docs@3 --to production --reason "clearer citations"
    """
    from llmops.cli.values import read_share
    from llmops.core.names import parse_ref
    from llmops.flows.promotion.promote import PromoteOptions, Refused
    from llmops.flows.promotion.promote import promote as move

    options = PromoteOptions(
        canary=None if canary is None else read_share(canary, "--canary"),
        shadow=None if shadow is None else read_share(shadow, "--shadow"),
        dry_run=dry_run,
        force=force,
        reason=reason,
    )
    with here() as workspace:
        try:
            done = move(workspace.services, parse_ref(ref), to, options=options, actor=actor(workspace), now=now())
        except Refused as refused:
            if as_json:
                emit_json(_promotion_json(refused.promotion))
            raise
        if as_json:
            emit_json(_promotion_json(done))
        else:
            _tell_promotion(done, dry_run=dry_run)
        if dry_run and done.unmet:
            raise typer.Exit(1)


def rollback(
    ref: Annotated[str, typer.Argument(help="KIND/NAME@ALIAS")],
    to: Annotated[
        int | None, typer.Option("--to", help="A version number; by default what the alias held before.")
    ] = None,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Undo the last promotion to an alias: end its canary or shadow, or where there is none return to what it held before.

    For an app that moves prompt, index and model back together.

    Example: llmops rollback app/docs@production --reason "wrong citations"
    """
    from llmops.domain.snapshot import snapshot_of

    with here() as workspace:
        move = workspace.rollback(ref, to=to, reason=reason)
        if as_json:
            emit_json(move.model_dump(mode="json"))
            return
        named = f"{move.kind}/{move.name}@{move.alias}"
        if move.action == "abandon":
            say(f"Dropped the trial of version {move.from_number}; {named} holds version {move.to_number} as before.")
            say(f"To go back further, repeat: llmops rollback {named}")
        else:
            say(f"{named} is back at version {move.to_number} (was {move.from_number}).")
        if (snapshot := snapshot_of(move)) is not None:
            say(f"It answers from {snapshot}.")
        say(f"Running programs follow within {workspace.settings.cache.alias_ttl} (setting cache.alias_ttl).")


def history(
    ref: Annotated[
        str | None, typer.Argument(help="KIND/NAME[@ALIAS]; without it, all that was decided, rules included.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show the versions of an artifact and all that happened to its aliases: who, when, from, to, why, on what evidence.

    Example: llmops history app/docs
    """
    from llmops.core.names import parse_ref

    with here() as workspace:
        if ref is None:
            versions, moves = [], workspace.store.aliases.history()
        else:
            parsed = parse_ref(ref)
            versions = workspace.registry.history(parsed)
            moves = workspace.store.aliases.history(parsed.kind, parsed.name, parsed.alias)
        if as_json:
            emit_json(
                {
                    "versions": [version.model_dump(mode="json", exclude={"content"}) for version in versions],
                    "moves": [move.model_dump(mode="json") for move in moves],
                }
            )
            return
        if ref is not None:
            emit_table(
                ["version", "digest", "created (UTC)", "author", "message"],
                [
                    [str(v.number), v.digest[:19], f"{v.created_at:%Y-%m-%d %H:%M}", v.origin.author, v.origin.message]
                    for v in versions
                ],
                empty="No versions.",
            )
        emit_table(
            ["at (UTC)", "alias", "action", "from", "to", "by", "reason", "evidence"],
            [_history_row(move, named=ref is None) for move in moves],
            empty="No alias has moved yet.",
        )


def _history_row(move: "Move", *, named: bool) -> list[str]:
    alias = f"{move.kind}/{move.name}@{move.alias}" if named and move.kind else move.alias
    return [
        f"{move.at:%Y-%m-%d %H:%M}",
        alias,
        describe_action(move),
        str(move.from_number or "–"),
        str(move.to_number or "–"),
        f"{move.actor.name} ({move.actor.source})",
        move.reason,
        ", ".join(move.evidence),
    ]


def describe_action(move: "Move") -> str:
    """What happened, in words for a table: `move`, `canary 10 %`, `move, as of sequence 3`, `move, forced`."""
    from llmops.domain.snapshot import snapshot_of

    words = move.action if move.weight is None else f"{move.action} {move.weight * 100:g} %"
    snapshot = snapshot_of(move)
    words += f", as of sequence {snapshot.sequence}" if snapshot is not None else ""
    return f"{words}, forced" if move.forced else words


def _tell_promotion(done: "Promotion", *, dry_run: bool) -> None:
    from llmops.domain.snapshot import snapshot_of
    from llmops.flows.promotion.requirements import layout

    named, target = f"{done.target.kind}/{done.target.name}@{done.alias}", done.target
    for line in layout(done.requirements) if done.requirements else ():
        emit(line)
    for note in done.notes:
        say(note)
    if dry_run:
        missing = len(done.unmet)
        say(f"Not moved (--dry-run). {f'{missing} not met.' if missing else 'Nothing stands in the way.'}")
        return
    move = done.move
    assert move is not None
    if not done.changed:
        say(f"{named} holds version {target.number} already; nothing was changed.")
    elif move.action in ("canary", "shadow"):
        share = f"{(move.weight or 0) * 100:g} %"
        what = "answers" if move.action == "canary" else "also answers, unseen,"
        say(f"{named} holds version {move.from_number}; version {target.number} {what} for {share} of traffic.")
        say(f"Widen: llmops promote {target.kind}/{target.name}@{target.number} --to {done.alias} --{move.action} 50%")
        say(f"Complete: the same without --{move.action}. Drop: llmops rollback {named}")
    else:
        before = f"version {move.from_number}" if move.from_number else "nothing"
        say(f"{named} now holds version {move.to_number} (before: {before}).")
        say(f"Undo: llmops rollback {named}")
    if (snapshot := snapshot_of(move)) is not None:
        say(f"Version {move.to_number} answers from {snapshot}; to pin what it holds later, promote it again.")
    if move.forced and done.changed:
        say(f"Forced, with {len(done.unmet)} of {len(done.requirements)} requirements not met; the history says so.")


def _promotion_json(done: "Promotion") -> "Json":
    return {
        "ref": f"{done.target.kind}/{done.target.name}@{done.target.number}",
        "alias": done.alias,
        "changed": done.changed,
        "requirements": [item.model_dump(mode="json") for item in done.requirements],
        "notes": list(done.notes),
        "move": done.move.model_dump(mode="json") if done.move else None,
    }
