"""Pictures and tables of signals that are no plain numbers: words, judged values, vectors."""

from collections.abc import Sequence
from typing import Final

from llmops.flows.monitor_reports.clouds import CloudReport
from llmops.flows.monitor_reports.judged import JudgedReport
from llmops.flows.monitor_reports.words import WordReport
from llmops.presentation.figures import count
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import badge, figure, row, table
from llmops.presentation.shares import Share, shares
from llmops.presentation.timeline import Moment, timeline

DIFFERS: Final = 0.01  # p of a comparison from which on it is said that two sides differ


def word_figure(report: WordReport) -> Html:
    """How often each word occurs before and now; nothing where a side has none."""
    before, now = report.totals
    if not before or not now or report.p is None:
        return Html()
    rows = [Share(word, then / before, since / now, (then, since)) for word, then, since in report.shares]
    told = f"{count(before, 'value')} before (light), {now:,} now (dark); p of no difference {report.p:.2g}"
    return figure(report.name, told, shares(rows, title=f"{report.name}, before and now"))


def judged_figure(report: JudgedReport) -> Html:
    """Its values by evaluation, with the mean of its control set; nothing where there are none."""
    if not report.told:
        return Html()
    moments = [
        Moment(
            one.mean,
            None,
            None,
            f"{one.at:%Y-%m-%d %H:%M}: {one.mean:.4g}, {count(one.count, 'value')}",
            one.version[:19] or "no version",
        )
        for one in report.told
    ]
    ends = [one.mean for one in report.told] + ([] if report.control is None else [report.control])
    marks = {}
    since = report.since
    if since is not None:
        marks[next((place for place, one in enumerate(report.told) if one.at >= since), len(moments) - 1)] = "drifts"
    level = None if report.control is None else ("control set at first", report.control)
    drawn = timeline(moments, (min(ends), max(ends)), title=report.name, marks=marks, noun="evaluations", level=level)
    said = "; ".join(filter(None, ("means of what each evaluation counted", report.said)))
    return figure(report.name, said, drawn, "wide")


def cloud_table(reports: Sequence[CloudReport]) -> Html:
    """How signals of vectors differ before and now; nothing without any."""
    if not reports:
        return Html()
    headings = [
        ("signal", ""), ("before", "num"), ("now", "num"), ("p, random features", "num"), ("told apart", "num"),
        ("95 % interval", "num"), ("cosine of centres", "num"), ("", ""),
    ]  # fmt: skip
    told = element(
        "p",
        "p is that of the maximum mean discrepancy by 512 random Fourier features, for this one look; told apart is how "
        "well a classifier tells now from before on vectors that it has not seen: 0.5 is not at all, 1 always.",
        class_="soft small",
    )
    return join([table(headings, [_cloud(one) for one in reports], label="Vectors"), told])


def _cloud(one: CloudReport) -> Html:
    sizes = [(f"{size:,}", "num") for size in one.sizes]
    if one.p is None or one.apart is None or one.cosine is None:
        return row(one.name, *sizes, *[("–", "num")] * 4, (badge("too few values", "quiet"), ""))
    auc, low, high = one.apart
    word, tone = ("differs", "bad") if one.p <= DIFFERS else ("no difference shown", "quiet")
    return row(
        one.name,
        *sizes,
        (f"{one.p:.2g}", "num"),
        (f"{auc:.2f}", "num"),
        (f"{low:.2f} to {high:.2f}", "num"),
        (f"{one.cosine:.3f}", "num"),
        (badge(word, tone), ""),
    )
