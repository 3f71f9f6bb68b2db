"""Commands on the log of interactions: list, show, feedback, review, export, delete."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.log_options import (
    AppName,
    AsJson,
    Least,
    Most,
    OfAlert,
    Segment,
    Session,
    Since,
    Until,
    User,
    Verdict,
    Words,
    wanted_of,
)
from llmops.cli.output import emit, emit_json, emit_table, here, say
from llmops.cli.reviews import review

if TYPE_CHECKING:
    from llmops.domain.interaction import Interaction

app = typer.Typer(help="The log of interactions: list, show, feedback, review, export, delete.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(help="The id of an interaction: `reply.id`.")]
COLUMNS = ("id", "time (UTC)", "app", "verdict", "score", "seconds", "tokens", "question")


@app.command("list")
def list_interactions(
    app_: AppName = None,
    segment: Segment = None,
    since: Since = None,
    until: Until = None,
    text: Words = None,
    verdict: Verdict = None,
    min_score: Least = None,
    max_score: Most = None,
    user: User = None,
    session: Session = None,
    alert: OfAlert = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=10_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """List interactions, newest first.

    Example: llmops log list --app docs --segment lang=de --since 2d --max-score 0
    """
    from llmops.flows.interactions.export import as_json as line
    from llmops.flows.interactions.export import rows

    given: dict[str, object] = {
        "app": app_,
        "segment": segment,
        "since": since,
        "until": until,
        "text": text,
        "verdict": verdict,
    }
    given |= {"min_score": min_score, "max_score": max_score, "user": user, "session": session, "alert": alert}
    with here() as workspace:
        wanted = wanted_of(workspace, limit=limit, **given)
        found = list(rows(workspace.store.interactions, wanted))
        for at, count, reason in workspace.store.interactions.losses():
            if wanted.since is None or at >= wanted.since:
                say(f"{count:,} interactions were lost until {at:%Y-%m-%d %H:%M}: {reason}")
    if as_json:
        emit_json([line(one, said) for one, said in found])
        return
    empty = (
        "No such interactions."
        if any(value is not None for value in given.values())
        else 'No interactions yet: llmops ask app/NAME "question"'
    )
    emit_table(COLUMNS, [_row(one) for one, _ in found], empty=empty)


@app.command()
def show(interaction: Id, as_json: AsJson = False) -> None:
    """Show an interaction with its texts, verdicts and feedback.

    Example: llmops log show reply-01k8…
    """
    from llmops.cli.output import emit_yaml
    from llmops.flows.interactions.export import as_json as line

    with here() as workspace:
        log = workspace.store.interactions
        one = log.get(interaction)
        shown = line(one, log.feedback([interaction]).get(interaction, []))
    emit_json(shown) if as_json else emit_yaml(
        {key: value for key, value in shown.items() if value not in ("", [], {})}
    )


@app.command()
def feedback(
    interaction: Id,
    score: Annotated[float | None, typer.Option(help="How good it was; thumbs are 0 and 1.")] = None,
    correction: Annotated[str | None, typer.Option(help="What the answer should have been.")] = None,
    comment: Annotated[str, typer.Option(help="Anything else.")] = "",
) -> None:
    """Say what you think of an answer.

    Example: llmops log feedback reply-01k8… --score 0 --correction "Within 30 days."
    """
    from llmops.core.errors import InputError

    if score is None and correction is None and not comment:
        raise InputError("nothing is said", hint="Give --score, --correction or --comment.")
    with here() as workspace:
        workspace.feedback(interaction, score=score, correction=correction, comment=comment)
    say(f"Kept what you said of {interaction}.")


app.command()(review)


@app.command()
def export(
    app_: AppName = None,
    segment: Segment = None,
    since: Since = None,
    until: Until = None,
    text: Words = None,
    verdict: Verdict = None,
    min_score: Least = None,
    max_score: Most = None,
    user: User = None,
    session: Session = None,
    alert: OfAlert = None,
    limit: Annotated[int, typer.Option(help="How many at most, newest first.", min=1)] = 1_000_000,
    output: Annotated[Path | None, typer.Option("-o", help="A .jsonl or .parquet file; stdout by default.")] = None,
    cases: Annotated[Path | None, typer.Option(help="Append cases of a dataset to this .jsonl file instead.")] = None,
) -> None:
    """Export interactions as JSON lines or Parquet, or as cases of a dataset: a correction becomes expectations.answer.

    Example: llmops log export --max-score 0 --cases evals/data/from-users.jsonl
    """
    import json

    from llmops.flows.interactions.export import add_cases, as_json, rows, write_parquet

    given: dict[str, object] = {
        "app": app_,
        "segment": segment,
        "since": since,
        "until": until,
        "text": text,
        "verdict": verdict,
    }
    given |= {"min_score": min_score, "max_score": max_score, "user": user, "session": session, "alert": alert}
    with here() as workspace:
        found = rows(workspace.store.interactions, wanted_of(workspace, limit=limit, **given))
        if cases is not None:
            done = add_cases(found, cases)
            without = f"; {done.without_text} have no texts" if done.without_text else ""
            say(f"{done.added} cases added to {cases}, {done.known} were there already{without}.")
            return
        lines = (as_json(one, said) for one, said in found)
        if output is not None and output.suffix == ".parquet":
            say(f"{write_parquet(lines, output)} interactions in {output}.")
        elif output is not None:
            with open(output, "w", encoding="utf-8") as file:
                count = sum(1 for line in lines if file.write(json.dumps(line, ensure_ascii=False) + "\n"))
            say(f"{count} interactions in {output}.")
        else:
            for line in lines:
                emit(json.dumps(line, ensure_ascii=False))


@app.command()
def delete(
    user: Annotated[str | None, typer.Option(help="All of this user, as your application calls them.")] = None,
    before: Annotated[str | None, typer.Option(help="All from before then: 2026-03-01, 90d.")] = None,
    reason: Annotated[str, typer.Option(help="Why, for the history.")] = "",
    as_json: AsJson = False,
) -> None:
    """Delete interactions with their texts and feedback; a row of the history proves it.

    Example: llmops log delete --user u1 --reason "asked to be forgotten"
    """
    from llmops.cli.values import actor, now
    from llmops.core.errors import InputError
    from llmops.core.moments import read_start

    if bool(user) == bool(before):
        raise InputError("say whose or from when", hint="Give --user U or --before T, one of them.")
    with here() as workspace:
        moment = read_start(before, now()) if before else None
        gone = workspace.forget(user=user or "", before=moment, actor=actor(workspace), reason=reason)
    if as_json:
        emit_json(gone.details if gone is not None else {"interactions": 0, "feedback": 0})
    elif gone is None:
        say("There was nothing to delete.")
    else:
        told = gone.details
        emit(
            f"{told['interactions']} interactions and {told['feedback']} pieces of feedback deleted; {told['left']} left."
        )
        say(f"Row {gone.sequence} of the history has the proof ({gone.hash[:19]}): llmops db check")


def _row(one: "Interaction") -> tuple[str, ...]:
    from llmops.presentation.cleaning import one_line

    asked = one.inputs.get("question", "") or next((v for v in one.inputs.values() if isinstance(v, str)), "")
    score = "" if one.score is None else f"{one.score:g}"
    shown = one_line(str(asked), 60) if not one.error else f"failed: {one_line(one.error, 52)}"
    return (
        one.id, f"{one.at:%Y-%m-%d %H:%M:%S}", one.app, one.action, score, f"{one.usage.latency:.2f}",
        str(one.usage.tokens), shown,
    )  # fmt: skip
