"""How the quality of a policy is shown: a table, JSON, or a page."""

from pathlib import Path
from typing import TYPE_CHECKING

from llmops.cli.output import emit, emit_json, here, say
from llmops.core.errors import InputError
from llmops.presentation.figures import number, percent, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmops.domain.evaluation import Case
    from llmops.guard.quality.summary import Group, Quality, Rate
    from llmops.guard.quality.trials import Trial

FILES = (".jsonl", ".csv", ".yaml", ".yml", ".json", ".parquet")


def read_dataset(dataset: str) -> "Sequence[Case]":
    """The cases of a file by its path, or of a dataset by ref."""
    path = Path(dataset)
    if path.suffix.lower() in FILES or path.is_dir():
        from llmops.registry.cases import read_cases

        return list(read_cases(path))
    from llmops.core.names import parse_ref

    with here() as workspace:
        return list(workspace.registry.cases(workspace.registry.resolve(parse_ref(dataset, "dataset"))))


def check_page(path: Path | None) -> None:
    """Refuse what is no page, before anything is asked.

    Raises:
        InputError: the name does not end in .html.
    """
    if path is not None and path.suffix.lower() != ".html":
        raise InputError(f"{path} does not end in .html", hint=f"Write --report {path.with_suffix('.html').name}")


def save_page(path: Path, title: str, quality: "Quality", trials: "Sequence[Trial]") -> None:
    """Write the page; raises OutsideError where that cannot be done."""
    from llmops.evals.reports.saving import save_text
    from llmops.guard.quality.page import write_page

    page = write_page(title, quality, trials)
    save_text(path, lambda stream: stream.write(page))
    say(f"Page: {path}")


def show_quality(quality: "Quality") -> None:
    """Print the confusion, the shares with their intervals, the groups and the times."""
    from llmops.guard.quality.page import rates
    from llmops.presentation.tables import print_table

    cells = quality.cells
    rows = [
        ["bad", f"{cells['caught']:,}", f"{cells['missed']:,}"],
        ["benign", f"{cells['false alarm']:,}", f"{cells['let through']:,}"],
    ]
    print_table(["text", "caught", "let through"], rows, right=[1, 2])
    emit("")
    shares = [[name, percent(rate.value), _interval(rate), f"{rate.n:,}"] for name, rate in rates(quality)]
    print_table(["", "share", "95 % interval", "of texts"], shares, right=[1, 2, 3])
    if quality.groups:
        emit("")
        print_table(
            ["group", "false positives", "texts", "less the others", "95 % interval", "p adjusted"],
            [_group(group) for group in quality.groups],
            right=[1, 2, 3, 4, 5],
        )
    emit("")
    emit("time a text: " + ", ".join(f"{name} {seconds(value)}" for name, value in quality.seconds.items()))
    if quality.at_limit.reason:
        say(f"recall at 1 % false positives: {quality.at_limit.reason}")
    elif quality.at_limit.threshold is not None:
        say(f"1 % false positives: reached with scores of {number(quality.at_limit.threshold)} and more")
    if cells["error"]:
        say(f"{cells['error']:,} texts of which a check could not tell count in no share")


def emit_quality(quality: "Quality", policy: str, stage: str) -> None:
    """Print everything as JSON."""
    emit_json({"policy": policy, "stage": stage, **quality.as_value()})


def _group(group: "Group") -> list[str]:
    gap = group.gap
    interval = "–" if gap.low is None or gap.high is None else f"{gap.low:+.1%} – {gap.high:+.1%}".replace("%", " %")
    return [
        group.name,
        percent(group.rate.value),
        f"{group.rate.n:,}",
        f"{gap.mean:+.1%}".replace("%", " %"),
        interval,
        number(group.adjusted),
    ]


def _interval(rate: "Rate") -> str:
    return "–" if rate.low is None else f"{percent(rate.low)} – {percent(rate.high)}"
