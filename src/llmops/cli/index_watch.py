"""The command that keeps an index in step while its sources change."""

from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, here, say

if TYPE_CHECKING:
    from llmops.index.watching import Watched


def watch(
    name: Annotated[str, typer.Argument(help="The RAG configuration that the index is built under.")],
    every: Annotated[
        str, typer.Option(help="How often to look. A look costs what a sync without changes costs.", metavar="TIME")
    ] = "2s",
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each sync.")] = False,
) -> None:
    """Sync an index whenever its sources change, until Ctrl-C; what fails is tried again.

    Example: llmops index watch docs --every 5s
    """
    import json
    import time

    from llmops.cli.output import complain
    from llmops.core.durations import seconds
    from llmops.core.errors import InputError

    pause = seconds(every)
    if pause <= 0:
        raise InputError(f"--every {every} leaves no time between two looks", hint="Write 2s, 1m or 1h.")

    def told(found: "Watched") -> None:
        if found.error is not None:
            complain(found.error)
            say(f"Trying again in {found.again:g} s.")
        elif found.report is not None:
            if as_json:
                emit(json.dumps(found.report.as_json(), ensure_ascii=False))
            else:
                say(found.report.in_words())

    def stop(wait: float) -> bool:
        time.sleep(wait)
        return False

    with here() as workspace:
        say(f"Watching the sources of index {name}; Ctrl-C ends it.")
        workspace.index(name).watch(every=pause, told=told, stop=stop)
