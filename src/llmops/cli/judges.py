"""Commands on judges: draw outputs for people to label, and compare the judge with them."""

from pathlib import Path
from typing import Annotated

import typer

from llmops.cli.output import emit_json, here, say

app = typer.Typer(help="Judges: draw outputs for people to label, compare the judge with them.", no_args_is_help=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OfRun = Annotated[str | None, typer.Option("--run", help="A run of the suite; the newest finished one by default.")]


@app.command()
def sample(
    suite: Annotated[str, typer.Argument(help="The suite whose judge is to be measured.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where to: .csv or .jsonl.")],
    n: Annotated[int, typer.Option("--n", "-n", help="How many outputs.", min=1)] = 100,
    run: OfRun = None,
    scorer: Annotated[list[str] | None, typer.Option(help="Scorers to be checked; those of judges by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Draw a random sample of a run's outputs into a file for people to label.

    Which outputs a sample of a size holds follows from the run's id, and that it was drawn is kept: only such labels gate.

    Example: llmops judge sample docs --n 100 -o labels.csv
    """
    from datetime import UTC, datetime

    from llmops.core.errors import OutsideError
    from llmops.flows.evaluation.labels import draw, find_run, write_sample

    with here() as workspace:
        found, report = find_run(workspace.store, suite, run)
        drawn = draw(workspace.store, found, report, size=n, scorers=scorer or [], now=datetime.now(UTC))
        try:
            with output.open("w", encoding="utf-8", errors="backslashreplace", newline="") as stream:
                write_sample(workspace.store, drawn, output, stream)
        except OSError as error:
            raise OutsideError(
                f"{output} could not be written: {error.strerror}", hint="Name a file in a folder that can be written."
            ) from error
    if as_json:
        emit_json({**drawn.sample.model_dump(mode="json"), "scorers": list(drawn.scorers), "file": str(output)})
        return
    say(f"{drawn.sample.size:,} outputs of {found.id} for {', '.join(drawn.scorers)} written to {output}.")
    say(f"Fill in the column value (pass, fail or a score), then: llmops judge calibrate {suite} --labels {output}")


@app.command()
def calibrate(
    suite: Annotated[str, typer.Argument(help="The suite whose judge is to be measured.")],
    labels: Annotated[Path, typer.Option("--labels", help="What people said: .csv or .jsonl with case_id and value.")],
    run: OfRun = None,
    scorer: Annotated[str | None, typer.Option(help="The scorer of rows that name none.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Let labels replace others of the same person.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare a judge with people: agreement, bias, and the mean that people would have given.

    Labels are kept with the run. Gates with `calibrated: true` are decided on those of the drawn sample.

    Example: llmops judge calibrate docs --labels labels.csv
    """
    from datetime import UTC, datetime

    from llmops.flows.evaluation.labels import find_run, read_labels
    from llmops.flows.evaluation.standing_report import standing_report

    with here() as workspace:
        store = workspace.store
        found, report = find_run(store, suite, run)
        read = read_labels(store, found, report, labels, scorer=scorer, now=datetime.now(UTC))
        new = store.labels.add(read, replace=replace)
        stands = standing_report(store, found) or report
    if as_json:
        asked = [decision.model_dump(mode="json") for decision in stands.decisions if decision.asked is not None]
        measured = [one.model_dump(mode="json") for one in stands.calibrations]
        emit_json({"run": found.id, "new_labels": new, "calibrations": measured, "decisions": asked})
        return
    say(f"{new:,} new labels on {found.id}, {len(read) - new:,} known before.")
    from llmops.evals.reports.judges import print_judges

    print_judges(stands)
