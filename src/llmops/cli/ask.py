"""The command that asks an app one question."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.output import emit, emit_json, here, say
from llmops.presentation.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Generator

    from llmops.domain.interaction import Reply
    from llmops.domain.streaming import Event


def ask(
    ref: Annotated[str, typer.Argument(help="app/NAME[@SELECTOR]")],
    question: Annotated[str, typer.Argument(help="The question; left out with --messages.")] = "",
    values: Annotated[
        list[str] | None, typer.Option("-v", "--value", help="Another input of the prompt: NAME=VALUE.")
    ] = None,
    messages: Annotated[
        Path | None,
        typer.Option(help="A JSON file with earlier turns in the OpenAI shape.", exists=True, dir_okay=False),
    ] = None,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="What must hold of what is retrieved: NAME=VALUE.")
    ] = None,
    session: Annotated[
        str | None, typer.Option(help="The conversation; the same one always meets the same side of a canary.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole reply as JSON.")] = False,
) -> None:
    """Ask an app one question; the answer goes to stdout, on a terminal while it is being written; its citations and digests go
    to stderr.

    Example: llmops ask app/docs "How do I roll back?"
    """
    import json

    from llmops.cli.values import read_values
    from llmops.core.errors import InputError, InvalidFile

    if bool(question) == bool(messages):
        raise InputError("give a question or --messages, one of them", hint='llmops ask app/docs "How do I roll back?"')
    inputs = read_values(values or [])
    holding = read_values(filters) if filters else None
    if messages is not None:
        try:
            turns = json.loads(messages.read_text(encoding="utf-8"))
        except ValueError as error:
            raise InvalidFile(
                messages, f"this is no JSON: {error}", hint='Write [{"role": "user", "content": "…"}].'
            ) from error
    with here() as workspace:
        app = workspace.app(ref)
        if as_json or not sys.stdout.isatty():
            reply = app.ask(question or turns, inputs=inputs, filters=holding, session=session)
            if as_json:
                emit_json(reply.model_dump(mode="json"))
                return
            emit(reply.text)
        else:
            reply = _show(app.stream(question or turns, inputs=inputs, filters=holding, session=session))
        _say_about(reply)


def _show(events: "Generator[Event, None, None]") -> "Reply":
    """Show the text as it comes; a blocked answer ends with the message that stands in its place."""
    shown = False
    for event in events:
        if event.text:
            sys.stdout.write(clean(event.text))
            sys.stdout.flush()
            shown = True
        if event.reply is not None:
            if shown:
                emit("")
            if event.reply.blocked or not shown:
                emit(event.reply.text)
            return event.reply
    raise AssertionError("an answer ends with its reply")


def _say_about(reply: "Reply") -> None:
    for verdict in reply.verdicts:
        if verdict.action != "allow":
            checks = ", ".join(f"{o.check}: {o.action}" for o in verdict.outcomes if o.action != "allow")
            say(f"guard of the {verdict.stage}: {verdict.action} ({checks})")
    if reply.unknown_citations:
        say(f"cites what it was not given: {', '.join(f'[{number}]' for number in reply.unknown_citations)}")
    if reply.is_stale:
        say("the index may lack changes older than retrieval.max_staleness allows")
    for citation in reply.citations:
        lines = f":{citation.line}" if citation.line else ""
        page = f" page {citation.page}" if citation.page else ""
        say(f"[{citation.marker}] {citation.key}{lines}{page}")
    cost = "unknown price" if reply.usage.cost is None else f"${reply.usage.cost:.4f}"
    first = f" (first text after {reply.usage.first_token:.2f} s)" if reply.usage.first_token is not None else ""
    took = f"{reply.usage.latency:.2f} s{first} · {reply.usage.tokens} tokens · {cost}"
    say(f"{reply.model} · {took} · {reply.refs.get('app', '')[:19]}")
