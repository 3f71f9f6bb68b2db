"""Commands about guardrails."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from llmops.cli.output import emit, emit_json, here, say

if TYPE_CHECKING:
    from llmops.domain.verdict import Finding, Verdict
    from llmops.guard.policy import Policy

app = typer.Typer(help="Check texts with guardrail policies.", no_args_is_help=True)


@app.command()
def check(
    policy: Annotated[str, typer.Argument(help="policy/NAME[@SELECTOR], or the path of a policy's file")],
    text: Annotated[str, typer.Argument(help="The text; - reads it from stdin.")],
    stage: Annotated[
        Literal["input", "output"], typer.Option(help="Which checks: of what goes in, or of what comes out.")
    ] = "input",
    contexts: Annotated[
        list[Path] | None,
        typer.Option("--context", help="A file that an answer should rest on.", exists=True, dir_okay=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Say what a policy makes of a text: what may go on to stdout, the verdict and its findings to stderr.

    Exit code 0 where the text may go on, redacted or not; 1 where it must not.

    Example: llmops guard check chat "My card is 4111 1111 1111 1111"
    """
    from dataclasses import asdict

    given = sys.stdin.read() if text == "-" else text
    beside = [path.read_text(encoding="utf-8") for path in contexts or ()]
    verdict = _decide(policy, given, stage, beside)
    if as_json:
        emit_json({**asdict(verdict), "blocked": verdict.blocked, "findings": [asdict(f) for f in verdict.findings]})
    else:
        emit(verdict.text)
        _explain(verdict, given)
    if verdict.blocked:
        raise typer.Exit(1)


@app.command()
def attack(
    policy: Annotated[str, typer.Argument(help="policy/NAME[@SELECTOR], or the path of a policy's file")],
    stage: Annotated[
        Literal["input", "output", "both"], typer.Option(help="Which checks: of what goes in, of what comes out.")
    ] = "both",
    texts: Annotated[
        Path | None,
        typer.Option(help="A file of known-bad texts of your own, one a line.", exists=True, dir_okay=False),
    ] = None,
    benign: Annotated[
        Path | None,
        typer.Option(help="A file of benign texts, to tell what they pay.", exists=True, dir_okay=False),
    ] = None,
    allow: Annotated[int, typer.Option(help="How many of the 24 disguises may let a kind of text through.", min=0)] = 4,
    pairs: Annotated[bool, typer.Option(help="Also try pairs of disguises.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything that gets through as JSON.")] = False,
) -> None:
    """Write known-bad texts in 24 disguises, and pairs of them, and say what gets through a policy.

    The texts are the policy's own phrases, e-mail addresses, card numbers, known injections, and what --texts adds. Exit
    code 0 where at most --allow disguises let a text of any one kind through, else 1; pairs do not count for it.

    Example: llmops guard attack chat --benign questions.txt
    """
    from llmops.cli.attacks import emit_attack, show_attack
    from llmops.guard.attack.benign import cost_of, read_texts
    from llmops.guard.attack.red_team import BOTH, attack
    from llmops.guard.attack.samples import samples_for

    own, harmless = ([] if path is None else read_texts(path) for path in (texts, benign))
    stages = BOTH if stage == "both" else (stage,)
    with _open(policy) as opened:
        done = attack(opened, samples_for(opened.spec, own), stages=stages, with_pairs=pairs)
        cost = cost_of(opened, harmless, stages) if harmless else None
        if as_json:
            emit_attack(done, cost, opened.digest)
        else:
            show_attack(done, cost, allow=allow)
    if done.worst > allow:
        raise typer.Exit(1)


@app.command(name="eval")
def evaluate(
    policy: Annotated[str, typer.Argument(help="policy/NAME[@SELECTOR], or the path of a policy's file")],
    dataset: Annotated[str, typer.Argument(help="dataset/NAME[@SELECTOR], or the path of a dataset's file")],
    stage: Annotated[
        Literal["input", "output"], typer.Option(help="Which checks: of what goes in, or of what comes out.")
    ] = "input",
    group: Annotated[str, typer.Option(help="The key of metadata that tells groups of texts apart.")] = "group",
    report: Annotated[Path | None, typer.Option(help="Write a page with the texts behind the numbers (.html).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Measure a policy on labelled texts: precision, recall and false positives with intervals, and the time it takes.

    Cases have their text in inputs.text (or inputs.question), and expectations.label (benign, safe and allow are good texts)
    or expectations.blocked.

    Example: llmops guard eval chat evals/data/attacks.jsonl --report quality.html
    """
    from llmops.cli.guard_quality import check_page, emit_quality, read_dataset, save_page, show_quality
    from llmops.guard.quality.summary import summarise
    from llmops.guard.quality.trials import read_labelled, run_trials

    check_page(report)
    cases = read_labelled(read_dataset(dataset), group=group)
    with _open(policy) as opened:
        trials = run_trials(opened, cases, stage)
        digest = opened.digest
    quality = summarise(trials)
    if report is not None:
        save_page(report, f"{policy} on {dataset}", quality, trials)
    if as_json:
        emit_quality(quality, digest, stage)
    else:
        show_quality(quality)


@app.command()
def train(
    datasets: Annotated[list[str], typer.Argument(help="dataset/NAME[@SELECTOR], or paths of datasets' files")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Where the classifier goes (.skops).")],
    split: Annotated[
        str | None, typer.Option(help="A key of metadata (source): texts that share its value are held out together.")
    ] = None,
    least: Annotated[
        float, typer.Option("--min", help="The probability from which on a text counts as caught.", min=0.0, max=1.0)
    ] = 0.9,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Train a classifier of attacks for the check `classifier`, and measure it on texts that were held out.

    Labels are those of `guard eval`. Beside the classifier stands what the rules of `injection` make of the same texts. The
    file holds weights and neither the texts nor their words.

    Example: llmops guard train evals/data/attacks.jsonl -o policies/attacks.skops --split source
    """
    from llmops.cli.guard_train import check_output, read_texts, save, show, show_json
    from llmops.guard.trained.files import require_libraries
    from llmops.guard.trained.measuring import RULES, examples_of, measure_held_out, measure_rules

    check_output(output)
    require_libraries()
    cases = read_texts(datasets, split)
    classifier = measure_held_out(cases, examples_of(cases, split=split is not None), least)
    qualities = {"classifier": classifier, RULES: measure_rules(cases)}
    digest = save(output, cases, split)
    if as_json:
        show_json(qualities, output, digest)
    else:
        show(qualities, output, digest, least)


@contextmanager
def _open(policy: str) -> "Iterator[Policy]":
    """A path stands for itself; everything else is a ref of the workspace."""
    if policy.endswith((".yaml", ".yml")):
        from llmops.guard.policy import Policy

        yield Policy.load(policy)
        return
    with here() as workspace:
        yield workspace.guard(policy).policy


def _decide(policy: str, text: str, stage: str, contexts: list[str]) -> "Verdict":
    with _open(policy) as opened:
        return opened.check_input(text) if stage == "input" else opened.check_output(text, contexts=contexts)


def _explain(verdict: "Verdict", text: str) -> None:
    for outcome in verdict.outcomes:
        said = f"{outcome.check}: {outcome.action} ({outcome.seconds * 1_000:.2f} ms)"
        say(said + (f": {outcome.reason}" if outcome.reason else ""))
    if verdict.findings:
        say(highlight(text, verdict.findings, coloured=_is_coloured()))
    say(f"{verdict.action}{' (the text must not go on)' if verdict.blocked else ''} · {verdict.policy[:19]}")


def highlight(text: str, findings: "tuple[Finding, ...]", *, coloured: bool) -> str:
    """The text with each finding marked and named; findings of the whole text are left to the list of checks."""
    from llmops.guard.decisions import merge_spans
    from llmops.presentation.cleaning import clean

    parts, last = [], 0
    for span in merge_spans(f for f in findings if (f.start, f.end) != (0, len(text))):
        parts.append(clean(text[last : span.start]))
        found = clean(text[span.start : span.end])
        parts.append(f"\033[7m{found}\033[0m\033[2m({span.type})\033[0m" if coloured else f"»{found}«({span.type})")
        last = span.end
    return "".join([*parts, clean(text[last:])])


def _is_coloured() -> bool:
    import os

    return sys.stderr.isatty() and not os.environ.get("NO_COLOR")
