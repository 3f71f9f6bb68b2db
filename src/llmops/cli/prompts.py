"""The command that renders a prompt."""

from typing import Annotated

import typer

from llmops.cli.output import emit, emit_json, here


def render(
    ref: Annotated[str, typer.Argument(help="prompt/NAME[@SELECTOR]")],
    values: Annotated[
        list[str] | None, typer.Option("-v", "--value", help="NAME=VALUE; JSON where it reads as JSON.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Render a prompt to the messages a model would get.

    Example: llmops render prompt/answer@production -v question="How do I roll back?" -v 'contexts=[]'
    """
    from llmops.cli.values import read_values

    with here() as workspace:
        messages = workspace.prompt(ref).render(**read_values(values or []))
        if as_json:
            emit_json([{"role": message.role, "content": message.content} for message in messages])
            return
        for message in messages:
            emit(f"{message.role}:\n{message.content}\n")
