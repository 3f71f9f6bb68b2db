"""Commands on artifacts: register, list, show, diff, delete."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, emit_table, here, say

if TYPE_CHECKING:
    from llmops.domain.artifact import Version

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
    kind: Annotated[str | None, typer.Argument(help="prompt, rag, app, suite or dataset; all by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """List registered artifacts with their latest version and aliases.

    Example: llmops list prompt
    """
    with here() as workspace:
        found = workspace.registry.list_artifacts(kind)
        if as_json:
            emit_json([artifact.model_dump(mode="json") for artifact in found])
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
        emit_table(
            ["artifact", "latest", "aliases", "updated (UTC)"], rows, empty="Nothing registered yet: llmops register"
        )


def show(
    ref: Annotated[str, typer.Argument(help="KIND/NAME[@SELECTOR]")],
    as_json: AsJson = False,
) -> None:
    """Show one version: its content, where it came from, and the aliases that hold it.

    Example: llmops show prompt/answer@production
    """
    import yaml

    from llmops.core.names import parse_ref

    with here() as workspace:
        found = workspace.registry.resolve(parse_ref(ref))
        version = workspace.store.versions.get(found.kind, found.name, found.number) if found.number else None
        holders = [a.alias for a in workspace.store.aliases.of(found.kind, found.name) if a.number == found.number]
        if as_json:
            emit_json(
                {
                    "ref": str(found.ref),
                    "number": found.number,
                    "digest": found.digest,
                    "aliases": holders,
                    "origin": version.origin.model_dump() if version else None,
                    "content": found.content,
                }
            )
            return
        state = f"version {found.number}" if found.number else "working file, not registered"
        say(f"{found.kind}/{found.name}  {state}")
        say(f"digest  {found.digest}")
        if holders:
            say(f"aliases {', '.join(holders)}")
        if version:
            say(f"from    {_origin(version)}")
        emit(yaml.safe_dump(found.content, sort_keys=False, allow_unicode=True, width=110).rstrip())


def _origin(version: "Version") -> str:
    origin = version.origin
    words = [f"{version.created_at:%Y-%m-%d %H:%M} UTC", origin.author or "author unknown"]
    if origin.git_commit:
        words.append(f"commit {origin.git_commit[:12]}{' with changes' if origin.git_dirty else ''}")
    return "  ".join([*words, origin.message]).rstrip()


def diff(
    a: Annotated[str, typer.Argument(help="A ref.")],
    b: Annotated[str | None, typer.Argument(help="Another; the working file by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two versions, or between a version and the working file.

    Example: llmops diff prompt/answer@production
    """
    from llmops.core.names import parse_ref
    from llmops.registry.diff import diff as compare

    with here() as workspace:
        first = parse_ref(a)
        one = workspace.registry.resolve(first)
        two = workspace.registry.resolve(parse_ref(b, first.kind) if b else first.at("working"))
        found = compare(one, two)
        if as_json:
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
