"""Commands on artifacts: register, list, show, tag, diff, delete."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, emit_yaml, here, say

if TYPE_CHECKING:
    from llmops.domain.artifact import Alias, Version
    from llmops.domain.snapshot import Snapshot
    from llmops.workspace.workspace import Workspace

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def register(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files to register; all of the workspace by default.")
    ] = None,
    message: Annotated[str, typer.Option("-m", "--message", help="Why it changed.")] = "",
    as_json: AsJson = False,
) -> None:
    """Turn workspace files into immutable versions; the same content again is the same version.

    Example: llmops register -m "shorter answers"
    """
    with here() as workspace:
        done = workspace.register(paths or None, message=message)
        if as_json:
            emit_json(
                [
                    {**item.version.model_dump(mode="json", exclude={"content"}), "created": item.created}
                    for item in done
                ]
            )
            return
        new = [item.version for item in done if item.created]
        emit_table(
            ["version", "digest"],
            [[f"{v.kind}/{v.name}@{v.number}", v.digest[:19]] for v in new],
            empty="Nothing new.",
        )
        say(f"{len(new)} new, {len(done) - len(new)} unchanged.")


def list_artifacts(
    kind: Annotated[
        str | None, typer.Argument(help="prompt, rag, policy, dataset, app, suite, monitor or model; all by default.")
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", help="Only with a version that is tagged KEY=VALUE; may be repeated.")
    ] = None,
    text: Annotated[
        str, typer.Option("--text", help="Only with all these words in name, or latest message or content.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """List registered artifacts with their latest version and aliases.

    Example: llmops list prompt --tag team=search --text "gift card"
    """
    from llmops.cli.values import read_tags

    with here() as workspace:
        found = workspace.registry.list_artifacts(kind, text=text, tags=read_tags(tag or []))
        if as_json:
            emit_json([{**a._asdict(), "updated_at": f"{a.updated_at:%Y-%m-%dT%H:%M:%S.%fZ}"} for a in found])
            return
        rows = [
            [
                f"{a.kind}/{a.name}",
                str(a.latest),
                ", ".join(f"{alias}→{number}" for alias, number in sorted(a.aliases.items())),
                f"{a.updated_at:%Y-%m-%d %H:%M}",
            ]
            for a in found
        ]
        nothing = "Nothing is like that." if tag or text else "Nothing registered yet: llmops register"
        emit_table(["artifact", "latest", "aliases", "updated (UTC)"], rows, empty=nothing)


def show(
    ref: Annotated[str, typer.Argument(help="KIND/NAME[@SELECTOR]")],
    at: Annotated[
        str | None, typer.Option("--at", help="What it was then: 2026-03-01, '2026-03-01 14:30' (UTC), 2h.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one version: its content, where it came from, and the aliases that hold it.

    With --at: what an alias held then, who saw to it, why, on what evidence; without an alias, what each of them held.

    Example: llmops show app/docs@production --at "2026-03-01 14:30"
    """
    from llmops.core.names import parse_ref

    with here() as workspace:
        if at is not None:
            from llmops.cli.past import tell_past
            from llmops.cli.values import now
            from llmops.core.moments import read_moment

            tell_past(workspace, parse_ref(ref), read_moment(at, now()), as_json=as_json)
            return
        found = workspace.registry.resolve(parse_ref(ref))
        version = workspace.store.versions.get(found.kind, found.name, found.number) if found.number else None
        tags = workspace.store.tags.of(version) if version else {}
        aliases = workspace.store.aliases.of(found.kind, found.name) if found.number else []
        holders = [alias for alias in aliases if alias.number == found.number]
        if as_json:
            emit_json(
                {
                    "ref": str(found.ref),
                    "number": found.number,
                    "digest": found.digest,
                    "aliases": [alias.alias for alias in holders],
                    "forced": [alias.alias for alias in holders if _is_forced(workspace, alias)],
                    "snapshots": {
                        a.alias: s.model_dump() for a in aliases if (s := _pinned(workspace, a, found.number))
                    },
                    "tried_by": [alias.alias for alias in aliases if _tries(alias, found.number)],
                    "tags": tags,
                    "origin": version.origin.model_dump() if version else None,
                    "content": found.content,
                }
            )
            return
        unregistered = "working file, not registered" if found.path else "of this package"
        state = f"version {found.number}" if found.number else unregistered
        say(f"{found.kind}/{found.name}  {state}")
        say(f"digest  {found.digest}")
        _tell_aliases(workspace, aliases, found.number)
        if tags:
            say(f"tags    {', '.join(f'{key}={value}' for key, value in tags.items())}")
        if version:
            say(f"from    {_origin(version)}")
        emit_yaml(found.content)


def _tell_aliases(workspace: "Workspace", aliases: "list[Alias]", number: int | None) -> None:
    """Which aliases hold a version, try it out, and pin contents for it."""
    holders = [alias for alias in aliases if alias.number == number]
    if holders:
        say(f"aliases {', '.join(a.alias + (' (forced)' if _is_forced(workspace, a) else '') for a in holders)}")
    for alias in aliases:
        if _tries(alias, number):
            say(f"trial   {alias.alias} tries out {alias.candidate}")
        if (snapshot := _pinned(workspace, alias, number)) is not None:
            say(f"pinned  {alias.alias} answers from {snapshot}")


def _is_forced(workspace: "Workspace", alias: "Alias") -> bool:
    """Whether an alias was moved to what it holds although a requirement was not met."""
    from llmops.registry.aliases import last_move

    return last_move(workspace.store.aliases.history(alias.kind, alias.name, alias.alias)).forced


def _pinned(workspace: "Workspace", alias: "Alias", number: int | None) -> "Snapshot | None":
    """What of an index an alias pins for a version that it holds or tries out."""
    from llmops.registry.stands import pinned_by

    if number is None or not (alias.number == number or _tries(alias, number)):
        return None
    return pinned_by(workspace.store.aliases.history(alias.kind, alias.name, alias.alias), number)


def _tries(alias: "Alias", number: int | None) -> bool:
    return alias.candidate is not None and alias.candidate.number == number


def _origin(version: "Version") -> str:
    origin = version.origin
    words = [f"{version.created_at:%Y-%m-%d %H:%M} UTC", origin.author or "author unknown"]
    if origin.git_commit:
        words.append(f"commit {origin.git_commit[:12]}{' with changes' if origin.git_dirty else ''}")
    return "  ".join([*words, origin.message]).rstrip()


def tag(
    ref: Annotated[str, typer.Argument(help="KIND/NAME[@SELECTOR]")],
    changes: Annotated[
        list[str] | None, typer.Argument(help="KEY=VALUE sets a tag, KEY- takes it away; none shows them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tag a version with short notes by which `llmops list --tag` finds it; tags change, versions do not.

    Example: llmops tag prompt/answer@3 team=search reviewed-
    """
    from llmops.cli.values import read_tag_changes
    from llmops.core.errors import InputError
    from llmops.core.names import parse_ref

    wanted, unwanted = read_tag_changes(changes or [])
    with here() as workspace:
        found = workspace.registry.resolve(parse_ref(ref))
        version = workspace.store.versions.get(found.kind, found.name, found.number) if found.number else None
        if version is None:
            raise InputError(f"{found.ref} is a working file, and tags are for versions", hint="llmops register")
        with workspace.store.transaction():
            for key in unwanted:
                if not workspace.store.tags.remove(version, key):
                    say(f"There was no tag {key!r}.")
            for key, value in wanted.items():
                workspace.store.tags.set(version, key, value)
        tags = workspace.store.tags.of(version)
        if as_json:
            emit_json({"ref": f"{version.kind}/{version.name}@{version.number}", "tags": tags})
            return
        say(f"{version.kind}/{version.name}@{version.number} has {'these tags:' if tags else 'no tags.'}")
        for key, value in tags.items():
            emit(f"{key}={value}")


def diff(
    a: Annotated[str, typer.Argument(help="A ref.")],
    b: Annotated[str | None, typer.Argument(help="Another; the working file by default.")] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write both side by side: .html.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two versions, or between a version and the working file.

    Datasets are compared case by case. A bare selector means the same artifact.

    Example: llmops diff prompt/answer@production -o diff.html
    Example: llmops diff dataset/docs@1 @2
    """
    from llmops.core.names import parse_ref
    from llmops.registry.diff import diff as compare

    with here() as workspace:
        first = parse_ref(a)
        one = workspace.registry.resolve(first)
        if b is not None and b.startswith("@"):
            b = f"{first.kind}/{first.name}{b}"
        two = workspace.registry.resolve(parse_ref(b, first.kind) if b else first.at("working"))
        found = compare(one, two, workspace.registry)
        if output is not None:
            from llmops.flows.evaluation.changes import save_diff

            save_diff(found, output)
            say(f"Written: {output}")
        elif as_json:
            emit_json(found.as_json())
        elif found.same:
            say(f"{one.ref} and {two.ref} are the same: {one.digest[:19]}")
        else:
            emit(found.as_text())


def delete(
    ref: Annotated[str, typer.Argument(help="KIND/NAME")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete an artifact with all its versions; refused while an alias or another version refers to it.

    Example: llmops delete prompt/old-idea --yes
    """
    from llmops.core.names import parse_ref

    with here() as workspace:
        target = parse_ref(ref)
        if not yes:
            typer.confirm(f"Delete {target} with all its versions?", abort=True, err=True)
        workspace.registry.delete(target)
        say(f"Deleted {target}.")
