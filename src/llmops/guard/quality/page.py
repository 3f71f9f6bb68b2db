"""Writes what a policy made of a dataset as one page of HTML, with the texts behind each number."""

from collections.abc import Sequence

from llmops.guard.quality.summary import Quality, Rate
from llmops.guard.quality.texts import texts
from llmops.guard.quality.trials import Trial
from llmops.presentation.browser import style as browser_style
from llmops.presentation.browser import text_script
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.charts import Dot, forest, interval
from llmops.presentation.figures import number, percent, seconds
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.pieces import row, table
from llmops.presentation.style import STYLE


def write_page(title: str, quality: Quality, trials: Sequence[Trial]) -> str:
    """Make the page, with a browser of the texts."""
    header = element(
        "header",
        element("p", "Guardrail evaluation", class_="eyebrow"),
        element("h1", title),
        element("p", f"{len(trials):,} labelled texts", class_="soft"),
    )
    parts = [_numbers(quality), _confusion(quality), *_gaps(quality), texts(trials)]
    body = join([header, element("main", *parts), element("footer", "Written by llmops.")])
    return page(title, body, style=STYLE + CHART_STYLE + browser_style(), script=text_script())


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


def _interval(rate: Rate) -> str:
    return "–" if rate.low is None else f"{percent(rate.low)} – {percent(rate.high)}"
