"""Commands on indexes: plan, sync, status, verify, search, history, rollback, generations, prune, watch, questions."""

from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.index_watch import watch
from llmops.cli.output import emit, emit_json, emit_table, here, progress, say

if TYPE_CHECKING:
    from llmops.index.past import Moment

app = typer.Typer(
    help="Indexes: plan, sync, status, verify, search, history, rollback, generations, prune, watch, questions.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="The RAG configuration that the index is built under.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command()
def plan(name: Name, as_json: AsJson = False) -> None:
    """Show what a sync would add, update, move and delete, and what embedding it costs, without doing it.

    Example: llmops index plan docs
    """
    with here() as workspace:
        found = workspace.index(name).plan()
        if as_json:
            emit_json(found.as_json())
            return
        emit_table(["change", "document"], found.rows(), empty="Nothing to do: the index is in step with its sources.")
        say(found.in_words())


@app.command()
def sync(
    name: Name,
    confirm_deletes: Annotated[
        bool, typer.Option("--confirm-deletes", help="Delete even when the sources shrank suspiciously much.")
    ] = False,
    build: Annotated[
        bool, typer.Option("--build", help="Build a new generation beside the old one, if the configuration needs one.")
    ] = False,
    budget: Annotated[
        float | None, typer.Option("--budget", help="US dollars that embedding may cost.", min=0.0, metavar="USD")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on after a rollback of the contents.")] = False,
    executor: Annotated[
        str,
        typer.Option(help="Where documents are cut and texts embedded: local, ray, or a plug-in's.", metavar="NAME"),
    ] = "local",
    concurrency: Annotated[
        int, typer.Option(help="Pieces of that work under way at once, where it is not local.", min=1, max=1000)
    ] = 8,
    as_json: AsJson = False,
) -> None:
    """Bring an index into step with its sources; only new text is embedded, and a killed sync is finished by the next.

    Example: llmops index sync docs
    """
    with here() as workspace:
        with progress() as bar:
            done = workspace.index(name).sync(
                confirm_deletes=confirm_deletes,
                build=build,
                budget=budget,
                resume=resume,
                executor=executor,
                concurrency=concurrency,
                progress=bar,
            )
        if as_json:
            emit_json(done.as_json())
        else:
            if done.smoke is not None and done.smoke.scores:
                emit_table(done.smoke.columns, done.smoke.rows(), empty="")
            say(done.in_words())
        if done.problems:
            raise typer.Exit(1)


@app.command()
def status(
    name: Name,
    as_json: AsJson = False,
    prometheus: Annotated[bool, typer.Option("--prometheus", help="Print how fresh it is as metrics.")] = False,
) -> None:
    """Show the generations of an index: documents, chunks, state; and how far it is behind its sources.

    Example: llmops index status docs
    """
    with here() as workspace:
        found = workspace.index(name).status()
        if as_json:
            emit_json(found.as_json())
        elif prometheus:
            emit(found.freshness.metrics(name) if found.freshness is not None else "")
        else:
            emit_table(found.columns, found.rows(), empty=f"Index {name} has not been built: llmops index sync {name}")
            if found.freshness is not None:
                say(found.freshness.in_words())


@app.command()
def verify(
    name: Name,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend what is wrong from the store, without embedding anew.")
    ] = False,
    sources: Annotated[bool, typer.Option("--sources", help="Read all documents again and compare them, too.")] = False,
    full: Annotated[
        bool, typer.Option("--full", help="Search for every vector by itself, not for a sample of 200.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare the vector store with the manifest, id by id and vector by vector, and measure how well it finds them.

    Example: llmops index verify docs --sources
    """
    with here() as workspace:
        with progress() as bar:
            found = workspace.index(name).verify(repair=repair, sources=sources, full=full, progress=bar)
        if as_json:
            emit_json(found.as_json())
        else:
            emit_table(found.columns, found.rows(), empty="")
            say(found.in_words())
        if not found.sound:
            raise typer.Exit(1)


@app.command()
def search(
    name: Name,
    question: Annotated[str, typer.Argument(help="What to look for.")],
    k: Annotated[
        int | None, typer.Option("-k", help="How many; the configured number by default.", min=1, max=1000)
    ] = None,
    filters: Annotated[
        list[str] | None, typer.Option("--filter", help="What must hold of a chunk: NAME=VALUE. Several must all hold.")
    ] = None,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="Answer as it did at a sequence or a time.", metavar="SEQ|TIME"),
    ] = None,
    max_staleness: Annotated[
        str | None,
        typer.Option(help="Say so where changes older than this may be missing: 15m, 1h.", metavar="TIME"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Search an index as an app would: the best chunks with their file, line and score.

    Example: llmops index search docs "how do I roll back" -k 3
    """
    from llmops.cli.values import read_values
    from llmops.rag.context import place_of

    with here() as workspace:
        hits = workspace.index(name).search(
            question, k=k, filters=read_values(filters or []), as_of=_moment(as_of), max_staleness=max_staleness
        )
        if as_json:
            emit_json(hits.model_dump(mode="json"))
            return
        rows = [
            [
                f"{c.score:.3f}",
                place_of(c),
                " ".join(c.text.split())[:100],
            ]
            for c in hits.contexts
        ]
        emit_table(["score", "where", "text"], rows, empty="Nothing found.")
        if hits.is_stale:
            say(f"The index may lack changes that are older than {max_staleness}: llmops index sync {name}")


@app.command()
def history(
    name: Name,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many changes.", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the changes of an index's contents, newest first, with the sequences that rollback and --as-of take.

    Example: llmops index history docs
    """
    with here() as workspace:
        found = workspace.index(name).history(limit)
        if as_json:
            emit_json(found.as_json())
            return
        emit_table(found.columns, found.rows(), empty=f"Nothing has changed in index {name} yet.")


@app.command()
def rollback(
    name: Name,
    to: Annotated[str, typer.Option("--to", help="A sequence of `index history`, or a time.", metavar="SEQ|TIME")],
    as_json: AsJson = False,
) -> None:
    """Set the contents of an index back to what they were, without embedding, and pause syncs until one has --resume.

    Example: llmops index rollback docs --to 12
    """
    moment = _moment(to)
    assert moment is not None
    with here() as workspace:
        with progress() as bar:
            done = workspace.index(name).roll_back(moment, progress=bar)
        if as_json:
            emit_json(done.as_json())
        else:
            say(done.in_words())


@app.command()
def generations(name: Name, as_json: AsJson = False) -> None:
    """Show the generations of an index: what they were built of and hold, since when they are known, who needs them.

    Example: llmops index generations docs
    """
    with here() as workspace:
        found = workspace.index(name).generations()
        if as_json:
            emit_json(found.as_json())
            return
        emit_table(found.columns, found.rows(), empty=f"Index {name} has not been built: llmops index sync {name}")


@app.command()
def prune(
    name: Name,
    before: Annotated[
        str | None,
        typer.Option("--before", help="Forget what was held before a sequence or a time.", metavar="SEQ|TIME"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go; remove nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove the generations that nobody needs, and the history before a moment with its texts and vectors, for good.

    Example: llmops index prune docs --before 30d --dry-run
    """
    with here() as workspace:
        done = workspace.index(name).prune(before=_moment(before), dry_run=dry_run)
        if as_json:
            emit_json(done.as_json())
        else:
            say(done.in_words())


def _moment(text: str | None) -> "Moment | None":
    """A sequence or a time, as it was typed."""
    if text is None:
        return None
    from datetime import UTC, datetime

    from llmops.core.moments import read_moment

    return int(text) if text.isdecimal() else read_moment(text, datetime.now(UTC))


app.command()(watch)


@app.command()
def questions(
    name: Name,
    count: Annotated[int, typer.Option("--count", "-n", help="How many cases the file is to have.", min=1)] = 50,
    model: Annotated[
        str, typer.Option("--model", help="The chat model that writes; [models] default without one.")
    ] = "",
    seed: Annotated[int, typer.Option("--seed", help="Which chunks are drawn.")] = 0,
    output: Annotated[
        str, typer.Option("--output", "-o", help="The dataset's name; INDEX-questions without one.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write questions from an index through a model, with answers and evidence, as a dataset in evals/data.

    Example: llmops index questions docs --count 100 --model openai/gpt-4o-mini
    """
    with here() as workspace:
        with progress() as bar:
            done = workspace.index(name).write_questions(
                count=count, model=model, seed=seed, output=output, progress=bar
            )
        if as_json:
            emit_json(done.as_json())
        else:
            say(done.in_words())
