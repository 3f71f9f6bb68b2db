"""Commands on the store: check, gc, backup, restore, upgrade."""

from pathlib import Path
from typing import Annotated

import typer

from llmops.cli.output import emit, emit_json, here, say

app = typer.Typer(help="The store: check, clean up, back up, restore, upgrade.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def check(
    expect: Annotated[
        str,
        typer.Option("--expect", help="A head that was printed earlier: prove that nothing before it was rewritten."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Verify the store: database integrity, blobs, and the hash chain of its history; prints the chain's head.

    Example: llmops db check
    """
    from llmops.storage.check import check_store

    with here() as workspace:
        found = check_store(workspace.store, expect=expect)
        store = workspace.store
        if as_json:
            told = {"store": store.url, "revision": store.revision, "head": found.head, "rows": found.rows}
            emit_json(told | ({"after_expected": found.after} if expect else {}))
            return
        say(f"{store.url} is sound at revision {store.revision}.")
        say(f"Head of the history: {found.head or 'no alias has moved yet'}")
        if found.after is not None:
            came = "nothing came after it" if not found.after else f"rows that came after it: {found.after}"
            say(f"Nothing up to the expected head was rewritten; {came}.")


@app.command()
def gc(
    grace: Annotated[
        str, typer.Option("--grace", help="How long nobody may have used what is removed; an hour at least.")
    ] = "24h",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed, and remove nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove blobs that nothing refers to any more, and what killed writers left, while others go on writing.

    Example: llmops db gc --dry-run
    """
    from dataclasses import asdict
    from datetime import UTC, datetime, timedelta

    from llmops.core.durations import seconds
    from llmops.presentation.figures import count
    from llmops.presentation.figures import size as bytes_of
    from llmops.storage.collecting import collect

    with here() as workspace:
        span = timedelta(seconds=seconds(grace))
        found = collect(workspace.store, now=datetime.now(UTC), grace=span, dry_run=dry_run)
        place = workspace.store.blobs.place
    if as_json:
        emit_json({"place": place, "dry_run": dry_run, **asdict(found)})
        return
    would = "would be removed" if dry_run else "removed"
    say(f"{count(found.removed, 'blob')} {would} from {place}: {bytes_of(found.size)}.")
    if found.leftovers:
        say(f"{count(found.leftovers, 'upload')} that never ended {would}: {bytes_of(found.leftover_size)}.")
    say(f"{found.referred} are referred to, {found.waiting} are younger than {grace} or were not known before.")


@app.command()
def backup(
    path: Annotated[Path, typer.Argument(help="A new file (.tar or .tar.gz), or a folder, which gives it a name.")],
    as_json: AsJson = False,
) -> None:
    """Copy the whole store into one file, database and blobs, while others go on reading and writing.

    The store is verified meanwhile: one that is not sound is not copied.

    Example: llmops db backup backups/
    """
    from datetime import UTC, datetime

    from llmops.storage.backup import back_up

    with here() as workspace:
        written, manifest = back_up(workspace.store, path, now=datetime.now(UTC))
        size = written.stat().st_size
        if as_json:
            emit_json({"path": str(written), "bytes": size, **manifest.model_dump(mode="json", exclude={"members"})})
            return
        emit(str(written))
        say(f"{workspace.store.url} is in it: {size / 1e6:.1f} MB with {manifest.blobs} blobs, verified.")
        say(f"Head of the history: {manifest.head or 'no alias has moved yet'}")


@app.command()
def restore(
    path: Annotated[Path, typer.Argument(help="What db backup wrote.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Replace what the store holds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the store what it was when a backup was taken; verified before and after.

    A store that holds anything is replaced only with --yes.

    Example: llmops db restore backups/llmops-20260301T120000Z.tar
    """
    from llmops.storage.restore import restore as put_back

    with here() as workspace:
        settings = workspace.settings
        done = put_back(settings.store.url, path, root=workspace.root, blobs_url=settings.blobs.url, overwrite=yes)
    manifest = done.manifest
    if as_json:
        told = manifest.model_dump(mode="json", exclude={"members"})
        emit_json({"store": done.url, "replaced_head": done.replaced, "indexes": done.indexes, **told})
        return
    say(f"{done.url} is what it was at {manifest.created_at:%Y-%m-%d %H:%M:%S} UTC, verified.")
    say(f"Head of the history: {manifest.head or 'no alias has moved yet'}")
    if done.replaced and done.replaced != manifest.head:
        say(f"Head of the history that it replaced: {done.replaced}")
    for name in done.indexes:
        say(f"Bring the vectors in step: llmops index verify {name} --repair")


@app.command()
def upgrade() -> None:
    """Bring the store's schema to this program's revision (SQLite stores do it by themselves).

    Example: llmops db upgrade
    """
    from llmops.workspace.workspace import upgrade_store

    url, revision = upgrade_store()
    say(f"{url} is at revision {revision}.")
