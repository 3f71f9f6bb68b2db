"""The command that approves."""

from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit_json, emit_table, here, say
from llmops.cli.values import actor, now

if TYPE_CHECKING:
    from llmops.domain.artifact import Move
    from llmops.workspace.workspace import Workspace


def approve(
    ref: Annotated[
        str | None, typer.Argument(help="KIND/NAME[@SELECTOR]; without it, what waits only for approval is listed.")
    ] = None,
    alias: Annotated[str | None, typer.Option("--for", help="The alias that it shall be allowed for.")] = None,
    rules: Annotated[bool, typer.Option("--rules", help="Approve the rules of promotion that wait.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the history.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Approve a version for an alias, or changed rules of promotion. The author cannot, and nobody counts twice.

    Example: llmops approve app/docs@3 --for production --reason "read the report"
    """
    from llmops.core.errors import InputError
    from llmops.flows.promotion.approve import approve_rules

    if rules and (ref or alias):
        raise InputError("--rules approves rules, not a version", hint="llmops approve --rules")
    if bool(ref) != bool(alias):
        raise InputError("an approval is of a version for an alias", hint="llmops approve app/docs@3 --for production")
    with here() as workspace:
        if rules:
            row = approve_rules(workspace.services, actor=actor(workspace), reason=reason, now=now())
            if as_json:
                emit_json(row.model_dump(mode="json"))
            else:
                _tell_rules(workspace, row)
        elif ref and alias:
            done = workspace.approve(ref, to=alias, reason=reason)
            if as_json:
                emit_json({**done.move.model_dump(mode="json"), "needed": done.needed, "given": list(done.given)})
                return
            named = f"{done.target.kind}/{done.target.name}@{done.target.number}"
            say(f"Approved {named} for {alias}: {len(done.given)} of {done.needed} approvals.")
            if not done.missing:
                say(f"Next: llmops promote {named} --to {alias}")
        else:
            _list_waiting(workspace, as_json=as_json)


def _list_waiting(workspace: "Workspace", *, as_json: bool) -> None:
    from llmops.flows.promotion.approve import find_waiting
    from llmops.registry.rules import describe_change

    waiting, pending = find_waiting(workspace.services, now()), workspace.store.rules.pending()
    if as_json:
        versions = [
            {
                "ref": f"{item.target.kind}/{item.target.name}@{item.target.number}",
                "alias": item.alias,
                "author": item.target.origin.author,
                "given": list(item.given),
                "needed": item.needed,
            }
            for item in waiting
        ]
        rules = {"proposer": pending.proposer.name, "missing": pending.missing} if pending else None
        emit_json({"versions": versions, "rules": rules})
        return
    emit_table(
        ["version", "for", "approvals", "author", "type"],
        [
            [
                f"{item.target.kind}/{item.target.name}@{item.target.number}",
                item.alias,
                f"{len(item.given)} of {item.needed}",
                item.target.origin.author,
                f"llmops approve {item.target.kind}/{item.target.name}@{item.target.number} --for {item.alias}",
            ]
            for item in waiting
        ],
        empty="No version waits only for approval.",
    )
    if pending is not None:
        say(f"Rules of promotion proposed by {pending.proposer.name} lack {pending.missing}: llmops approve --rules")
        for line in describe_change(pending.before, pending.rules):
            say(line)


def _tell_rules(workspace: "Workspace", row: "Move") -> None:
    if row.action == "rule":
        say("The rules of promotion are in force now.")
        return
    pending = workspace.store.rules.pending()
    say(f"Approved; {pending.missing if pending else 0} more approvals are needed.")
