"""Commands on the store: check, upgrade."""

from typing import Annotated

import typer

from llmops.cli.output import emit_json, here, say

app = typer.Typer(help="The store: check and upgrade.", no_args_is_help=True)


@app.command()
def check(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Verify the store: database integrity, blobs, and the hash chain of alias moves; prints the chain's head.

    Example: llmops db check
    """
    from llmops.storage.check import check_store

    with here() as workspace:
        head = check_store(workspace.store)
        if as_json:
            emit_json({"store": workspace.store.url, "revision": workspace.store.revision, "head": head})
            return
        say(f"{workspace.store.url} is sound at revision {workspace.store.revision}.")
        say(f"Head of the history: {head or 'no alias has moved yet'}")


@app.command()
def upgrade() -> None:
    """Bring the store's schema to this program's revision (SQLite stores do it by themselves).

    Example: llmops db upgrade
    """
    from llmops.workspace.workspace import upgrade_store

    url, revision = upgrade_store()
    say(f"{url} is at revision {revision}.")
