"""The command by which people look at a sample of what an application answered."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from llmops.cli.log_options import AppName, AsJson, Least, Most, Segment, Since, Until, Verdict, Words, wanted_of
from llmops.cli.output import emit, emit_json, here, say

if TYPE_CHECKING:
    from llmops.domain.interaction import Interaction
    from llmops.workspace.workspace import Workspace

KEYS = "1 good, 0 bad (or a number), c correction, m comment, s skip, q quit"


def review(
    app_: AppName = None,
    segment: Segment = None,
    since: Since = None,
    until: Until = None,
    text: Words = None,
    verdict: Verdict = None,
    min_score: Least = None,
    max_score: Most = None,
    size: Annotated[int, typer.Option("-n", help="How many to draw.", min=1, max=10_000)] = 20,
    queue: Annotated[str, typer.Option(help="The name of the draw; another name draws others.")] = "",
    output: Annotated[Path | None, typer.Option("-o", help="Write a sheet to fill in: .csv or .jsonl.")] = None,
    sheet: Annotated[Path | None, typer.Option("--sheet", help="Take what people wrote into such a sheet.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at interactions drawn at random and say what you think of each; everybody who asks the same gets the same.

    Example: llmops log review --app docs --since 7d -n 30
    """
    from llmops.cli.values import actor
    from llmops.core.errors import InputError
    from llmops.flows.interactions.reviewing import draw, write_sheet

    if output is not None and sheet is not None:
        raise InputError("-o writes a sheet and --sheet reads one", hint="Fill it in between the two.")
    with here() as workspace:
        name = actor(workspace).name
        if sheet is not None:
            kept, known = _take(workspace, sheet, name)
            emit_json({"kept": kept, "known": known}) if as_json else say(
                f"{kept} kept from {sheet}, {known} known before."
            )
            return
        wanted = wanted_of(
            workspace, limit=size, app=app_, segment=segment, since=since, until=until, text=text, verdict=verdict,
            min_score=min_score, max_score=max_score,
        )  # fmt: skip
        drawn = draw(workspace.store.interactions, wanted, size=size, queue=queue, reviewer=workspace.hashed(name))
        if as_json:
            emit_json([one.model_dump(mode="json") for one in drawn])
        elif output is not None:
            with open(output, "w", encoding="utf-8", newline="") as stream:
                write_sheet(drawn, output, stream)
            say(f"{len(drawn)} interactions in {output}. Fill in score, correction or comment, then:")
            say(f"llmops log review --sheet {output}")
        elif drawn:
            _ask(workspace, drawn, name)
        else:
            say("Nothing to review.")


def _take(workspace: "Workspace", sheet: Path, name: str) -> tuple[int, int]:
    """Keep what a sheet says; how many opinions are new, and how many were kept before."""
    from llmops.flows.interactions.reviewing import is_said, read_sheet

    log, known = workspace.store.interactions, 0
    opinions = read_sheet(log, sheet)
    for opinion in opinions:
        if is_said(log, opinion, workspace.hashed(name)):
            known += 1
            continue
        workspace.feedback(
            opinion.id, score=opinion.score, correction=opinion.correction, comment=opinion.comment, user=name
        )
    return len(opinions) - known, known


def _ask(workspace: "Workspace", drawn: "list[Interaction]", name: str) -> None:
    """Show one after the other and keep each opinion at once."""
    said = 0
    for place, one in enumerate(drawn, 1):
        _show(one, f"{place} of {len(drawn)}")
        opinion = _opinion()
        if opinion is None:
            break
        if opinion:
            workspace.feedback(one.id, user=name, **opinion)  # type: ignore[arg-type]
            said += 1
    say(f"Kept what you said of {said}.")


def _opinion() -> "dict[str, float | str] | None":
    """What a person types: nothing for one that is skipped, None where they stop."""
    from llmops.flows.interactions.reviewing import read_score

    told: dict[str, float | str] = {}
    while True:
        try:
            key = str(typer.prompt(KEYS, default="s" if not told else "", show_default=False, err=True)).strip()
            if key == "q":
                return told or None
            if key in ("c", "m"):
                what = "correction" if key == "c" else "comment"
                told[what] = str(typer.prompt(what.capitalize(), err=True))
                continue
        except typer.Abort:  # the input has ended
            return told or None
        if key in ("s", ""):
            return told
        score = read_score(key)
        if score is None:
            say(f"{key!r} is none of them.")
            continue
        return {**told, "score": score}


def _show(one: "Interaction", place: str) -> None:
    from llmops.flows.interactions.reviewing import question_of
    from llmops.presentation.cleaning import excerpt

    emit(f"\n── {place} · {one.id} · {one.app} · {one.at:%Y-%m-%d %H:%M} · {one.action}")
    emit(f"Q: {excerpt(question_of(one), 2_000)}")
    for number, context in enumerate(one.contexts[:5], 1):
        emit(f"   [{number}] {excerpt(' '.join(context.text.split()), 300)}")
    emit(f"A: {excerpt(one.output, 4_000)}" if not one.error else f"Failed: {excerpt(one.error, 500)}")
