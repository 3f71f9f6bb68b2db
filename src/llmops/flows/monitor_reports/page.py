"""The report of a monitor as one page of HTML that needs nothing else, readable on a phone."""

from collections.abc import Sequence
from typing import Final

from llmops.domain.alert import Alert
from llmops.domain.signal import SignalStatus
from llmops.flows.monitor_reports.examples import examples_section
from llmops.flows.monitor_reports.gather import Bucket, MonitorReport, Service, SignalReport
from llmops.flows.monitor_reports.kinds import cloud_table, judged_figure, word_figure
from llmops.flows.monitor_reports.streams import line_of
from llmops.presentation.browser import style as browser_style
from llmops.presentation.browser import text_script
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.charts import Mark, histogram
from llmops.presentation.cleaning import one_line
from llmops.presentation.figures import count
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.pieces import badge, figure, notes, row, section, table
from llmops.presentation.scatter import Point, scatter
from llmops.presentation.style import STYLE
from llmops.presentation.timeline import Moment, timeline

TONES: Final = {"open": "bad", "acknowledged": "open", "closed": "quiet", "drift": "bad", "ok": "good"}
SERVED: Final = {"worse": "bad", "better": "good"}


def write_page(report: MonitorReport) -> str:
    """The page."""
    parts = [
        ("alerts", "Alerts", _alerts(report.alerts)),
        ("signals", "Over time", _all_over_time(report)),
        ("distributions", "Before and now", _distributions(report)),
        ("served", "Who is served worse", join(_served(one) for one in report.service if one.groups)),
        ("vectors", "Vectors", cloud_table(report.clouds)),
        ("examples", "Examples", examples_section(report.examples)),
        ("map", "Map of answers", _map(report.points, "answers")),
        ("asked", "Map of questions", _map(report.asked, "questions")),
        ("streams", "Streams", stream_table(report.statuses)),
    ]
    parts = [part for part in parts if part[2]]
    body = join(
        [
            _header(report),
            element(
                "nav", *(element("a", title, href=f"#{anchor}") for anchor, title, _ in parts), aria_label="Sections"
            ),
            element(
                "main",
                notes(report.notes),
                *(section(anchor, title, inner) for anchor, title, inner in parts),
            ),
            element("footer", f"Written by llmops for monitor/{report.monitor}."),
        ]
    )
    has_examples = bool(report.examples)
    style = STYLE + CHART_STYLE + (browser_style() if has_examples else "")
    return page(f"monitor/{report.monitor}", body, style=style, script=text_script() if has_examples else "")


def _header(report: MonitorReport) -> Html:
    unclosed = [alert for alert in report.alerts if alert.state != "closed"]
    told = f"{count(len(unclosed), 'alert')} not closed" if unclosed else "no alert that is not closed"
    span = ""
    if report.interactions:
        first, last = report.interactions[0].at, report.interactions[-1].at
        span = f", {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    return element(
        "header",
        element("p", "Monitor report", class_="eyebrow"),
        element("h1", report.monitor),
        element("p", f"{report.app or 'no app'} · {report.at:%Y-%m-%d %H:%M} UTC", class_="soft"),
        element("div", element("span", told), class_=f"verdict {'bad' if unclosed else 'good'}"),
        element("p", f"{count(len(report.interactions), 'interaction')}{span}"),
    )


def _alerts(alerts: Sequence[Alert]) -> Html:
    if not alerts:
        return Html()
    headings = [("alert", ""), ("state", ""), ("what", ""), ("since (UTC)", ""), ("what changed before", "")]
    rows = [
        row(
            alert.id,
            (badge(alert.state, TONES[alert.state]), ""),
            (alert.title, ""),
            (f"{alert.since:%Y-%m-%d %H:%M}", "nowrap"),
            ("; ".join(change.what for change in alert.changes) or "nothing on record", ""),
        )
        for alert in alerts
    ]
    return table(headings, rows, label="Alerts")


def _all_over_time(report: MonitorReport) -> Html:
    drawn = [_over_time(one) for one in report.signals if one.buckets]
    return join([*drawn, *(judged_figure(one) for one in report.judged)])


def _over_time(signal: SignalReport) -> Html:
    ends = [end for one in signal.buckets for end in (one.mean.mean, one.mean.low, one.mean.high) if end is not None]
    moments = [
        Moment(one.mean.mean, one.mean.low, one.mean.high, _told(one), one.version[:19] or "no version")
        for one in signal.buckets
    ]
    marks = {} if signal.change is None else {signal.change: "changed"}
    drawn = timeline(moments, (min(ends), max(ends)), title=signal.name, marks=marks, noun="means")
    said = "its level changed at the dashed line" if marks else "no change of its level is significant"
    return figure(signal.name, said, drawn, "wide")


def _told(bucket: Bucket) -> str:
    mean = bucket.mean
    ends = "" if mean.low is None or mean.high is None else f", 95 % interval {mean.low:.4g} to {mean.high:.4g}"
    return f"{bucket.at:%Y-%m-%d %H:%M}: {mean.mean:.4g}{ends}, {count(mean.n, 'value')}, {bucket.version}"


def _distributions(report: MonitorReport) -> Html:
    drawn = [picture for one in report.words if (picture := word_figure(one))]
    of_words = {one.timeline for one in report.words}
    for signal in report.signals:
        if not signal.before or not signal.since or signal.name in of_words:
            continue
        both = sorted([*signal.before, *signal.since])
        span = (both[0], both[int(0.99 * (len(both) - 1))])
        for title, values in (("before", signal.before), ("now", signal.since)):
            mean = sum(values) / len(values)
            name = f"{signal.name}, {title}"
            picture = histogram(values, span, title=name, marks=[Mark(f"mean {mean:.3g}", mean)])
            drawn.append(figure(name, count(len(values), "value"), picture))
    told = f"Now is from {report.split:%Y-%m-%d %H:%M} UTC on." if report.split and drawn else ""
    return join([element("p", told, class_="soft"), element("div", *drawn, class_="figures")]) if drawn else Html()


def _served(service: Service) -> Html:
    headings = [
        (service.key, ""),
        ("mean", "num"),
        ("95 % interval", "num"),
        ("against all others", "num"),
        ("p", "num"),
        ("n", "num"),
        ("", ""),
    ]
    rows = []
    for one in service.groups:
        word = "differs" if service.higher_is_better is None and one.service in SERVED else one.service
        ends = "–" if one.mean.low is None or one.mean.high is None else f"{one.mean.low:.4g} to {one.mean.high:.4g}"
        rows.append(
            row(
                one.group,
                (f"{one.mean.mean:.4g}", "num"),
                (ends, "num"),
                ("–" if one.difference is None else f"{one.difference.mean:+.4g}", "num"),
                ("–" if one.adjusted_p is None else f"{one.adjusted_p:.2g}", "num"),
                (f"{one.mean.n:,}", "num"),
                (badge(word, SERVED.get(word, "quiet")), ""),
            )
        )
    heading = element("h3", f"{service.signal} by {service.key}")
    told = element(
        "p",
        "p is corrected for the number of groups; groups of fewer than 20 values are not tested.",
        class_="soft small",
    )
    return join([heading, table(headings, rows, label=f"{service.signal} by {service.key}"), told])


def _map(points: Sequence[Point], what: str) -> Html:
    if not points:
        return Html()
    told = f"rings are {what} of before, dots {what} of now; near each other means alike"
    drawn = scatter(points, title=f"Map of {what}", told=told)
    return figure(f"{what.capitalize()} by their embeddings", told, drawn, "wide")


def stream_table(statuses: Sequence[SignalStatus]) -> Html:
    """How every stream stands; nothing where there is none."""
    if not statuses:
        return Html()
    headings = [
        ("signal", ""),
        ("segment", ""),
        ("state", ""),
        ("statistic", "num"),
        ("alarm at", "num"),
        ("before", "num"),
        ("now", "num"),
        ("note", ""),
    ]
    return table(headings, map(_stream, statuses), label="Streams")


def _stream(status: SignalStatus) -> Html:
    line = line_of(status)
    return row(
        line.signal,
        (line.segment, ""),
        (badge(line.state, TONES.get(status.state, "quiet")), ""),
        *((told, "num") for told in (line.evidence, line.alarm_at, line.before, line.now)),
        (one_line(status.note), ""),
    )
