"""The command that starts a workspace."""

from pathlib import Path
from typing import Annotated

import typer

from llmops.cli.output import say


def init(
    directory: Annotated[Path, typer.Argument(help="Where to; made if it is not there.", file_okay=False)] = Path(),
    template: Annotated[
        str,
        typer.Option(help="rag: answers from documents. chat: a prompt and a suite. classic: a model that is trained."),
    ] = "rag",
) -> None:
    """Write a runnable workspace; files that are there already are never overwritten.

    Example: llmops init my-app --template rag
    """
    from llmops.flows.scaffold import NEXT_STEPS, scaffold

    written, kept = scaffold(directory, template)
    for path in written:
        say(f"  new   {path}")
    for path in kept:
        say(f"  kept  {path}")
    say("")
    if directory != Path():
        say(f"cd {directory}")
    for line in NEXT_STEPS[template]:
        say(line)
