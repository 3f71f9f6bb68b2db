"""Writes what a policy made of a dataset as one page of HTML, with the texts behind each number."""

from collections.abc import Sequence
from typing import Final

from llmops.guard.quality.summary import CELLS, Cell, Quality, Rate, cell_of
from llmops.guard.quality.trials import Trial
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.charts import Dot, forest, interval
from llmops.presentation.figures import number, percent, seconds
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.pieces import badge, folded, label, row, table
from llmops.presentation.style import STYLE

SHOWN: Final = 200
TOLD: Final[dict[Cell, tuple[str, str]]] = {
    "missed": ("bad texts that were let through", "bad"),
    "false alarm": ("benign texts that were caught", "bad"),
    "caught": ("bad texts that were caught", "good"),
    "let through": ("benign texts that were let through", "good"),
    "error": ("texts of which a check could not tell", "open"),
}


def write_page(title: str, quality: Quality, trials: Sequence[Trial]) -> str:
    """Make the page; of each cell of the table at most 200 texts are shown."""
    header = element(
        "header",
        element("p", "Guardrail evaluation", class_="eyebrow"),
        element("h1", title),
        element("p", f"{len(trials):,} labelled texts", class_="soft"),
    )
    parts = [_numbers(quality), _confusion(quality), *_gaps(quality), _browser(trials)]
    body = join([header, element("main", *parts), element("footer", "Written by llmops.")])
    return page(title, body, style=STYLE + CHART_STYLE)


def rates(quality: Quality) -> list[tuple[str, Rate]]:
    """The shares of a table, in its order."""
    return [
        ("precision", quality.precision),
        ("recall", quality.recall),
        ("F1", quality.f1),
        ("false positives", quality.false_positives),
        ("recall at 1 % false positives", quality.at_limit.recall),
        *((f"recall of {name}", rate) for name, rate in quality.by_label.items()),
    ]


def _numbers(quality: Quality) -> Html:
    rows = [
        row(
            name,
            (percent(rate.value), "num"),
            (_interval(rate), "num"),
            (f"{rate.n:,}", "num"),
            ("" if rate.value is None else interval(Dot(name, rate.value, rate.low, rate.high), (0.0, 1.0)), ""),
        )
        for name, rate in rates(quality)
    ]
    times = ", ".join(f"{name} {seconds(value)}" for name, value in quality.seconds.items())
    columns = [("", ""), ("share", "num"), ("95 % interval", "num"), ("texts", "num"), ("", "")]
    reason = quality.at_limit.reason
    return join(
        [
            element("h2", "Numbers"),
            table(columns, rows, label="Numbers"),
            element("p", f"Recall at 1 % false positives: {reason}.", class_="soft small") if reason else "",
            element("p", f"Time a text: {times}", class_="soft small"),
        ]
    )


def _confusion(quality: Quality) -> Html:
    cells = quality.cells
    rows = [
        row("bad", (f"{cells['caught']:,}", "num"), (f"{cells['missed']:,}", "num")),
        row("benign", (f"{cells['false alarm']:,}", "num"), (f"{cells['let through']:,}", "num")),
    ]
    columns = [("text", ""), ("caught", "num"), ("let through", "num")]
    told = f"{cells['error']:,} more, of which a check could not tell, count in no share." if cells["error"] else ""
    return join(
        [element("h2", "Confusion"), table(columns, rows, label="Confusion"), element("p", told, class_="soft")]
    )


def _gaps(quality: Quality) -> list[Html]:
    if not quality.groups:
        return []
    dots = [
        Dot(g.name, g.gap.mean, g.gap.low, g.gap.high, f"{percent(g.rate.value)}, p = {number(g.adjusted)}")
        for g in quality.groups
    ]
    return [
        element("h2", "False positives by group"),
        element(
            "p", "Each group's share of false positives less that of all others; p is adjusted (Holm).", class_="soft"
        ),
        element("figure", forest(dots, title="False positives of each group less those of the others")),
    ]


def _browser(trials: Sequence[Trial]) -> Html:
    parts: list[Html] = [element("h2", "Texts")]
    for cell in CELLS:
        mine = [trial for trial in trials if cell_of(trial) == cell]
        if mine:
            told, tone = TOLD[cell]
            more = [element("p", f"and {len(mine) - SHOWN:,} more", class_="soft")] if len(mine) > SHOWN else []
            summary = join([badge(cell, tone), f" {len(mine):,} {told}"])
            parts.append(folded(summary, *map(_text, mine[:SHOWN]), *more, is_open=cell in ("missed", "false alarm")))
    return join(parts)


def _text(trial: Trial) -> Html:
    facts = [
        trial.case.id,
        trial.case.label.name,
        trial.case.group,
        f"score {number(trial.score)}",
        seconds(trial.seconds),
    ]
    return join(
        [label(" · ".join(fact for fact in facts if fact)), element("pre", *_marked(trial)), *map(_error, trial.errors)]
    )


def _error(reason: str) -> Html:
    return element("p", reason, class_="soft small")


def _marked(trial: Trial) -> list[str]:
    """The text with what was found marked; findings of the whole text are only named."""
    from llmops.guard.decisions import merge_spans

    text = trial.case.text
    whole = sorted({f.type for f in trial.findings if (f.start, f.end) == (0, len(text))})
    parts: list[str] = [badge(name, "quiet") for name in whole]
    last = 0
    for span in merge_spans(f for f in trial.findings if (f.start, f.end) != (0, len(text))):
        parts += [text[last : span.start], element("mark", text[span.start : span.end]), badge(span.type, "quiet")]
        last = span.end
    return [*parts, text[last:]]


def _interval(rate: Rate) -> str:
    return "–" if rate.low is None else f"{percent(rate.low)} – {percent(rate.high)}"
