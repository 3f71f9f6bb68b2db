"""Writes a report as one page of HTML that needs nothing else: no script, no network, safe to open whoever wrote the texts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

from llmops.domain.evaluation import CaseResult
from llmops.domain.report import Report, ScoreSummary
from llmops.evals.compare import Change, find_changes
from llmops.evals.observations import Observations
from llmops.evals.reports import html_sections as sections
from llmops.evals.reports.dossier import Dossier, Results
from llmops.evals.reports.html_cases import case_card, change_card
from llmops.evals.reports.worst_cases import worst_results
from llmops.evals.words import MARKS, TONES, facts, verdict
from llmops.presentation.charts import STYLE as CHART_STYLE
from llmops.presentation.figures import count
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.style import STYLE

MOST_CASES = 50


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page that the navigation leads to."""

    anchor: str
    title: str
    body: Html


def write_html(dossier: Dossier, stream: TextIO) -> None:
    """Write the page. Results are streamed twice; only numbers and the cases shown are kept."""
    report = dossier.report
    observed = Observations()
    worst = worst_results(_seen(dossier.results, observed), report.scores, MOST_CASES)
    parts = [part for part in _sections(dossier, observed, worst) if part.body]
    links = element("nav", *(element("a", part.title, href=f"#{part.anchor}") for part in parts), aria_label="Sections")
    body = join(
        [
            _header(report),
            links,
            element("main", *(_section(part) for part in parts)),
            element("footer", f"Written by llmops for run {report.run_id}."),
        ]
    )
    stream.write(page(f"{report.suite}: {report.outcome}", body, style=STYLE + CHART_STYLE))


def _sections(dossier: Dossier, observed: Observations, worst: list[CaseResult]) -> Iterator[Section]:
    report = dossier.report
    yield Section("gates", "Gates", sections.gates_table(report) if report.decisions else Html())
    yield Section("scores", "Scores", join([sections.scores_table(report), _legend()]))
    yield Section("distributions", "Distributions", sections.distributions(report, observed))
    yield Section("segments", "Segments", sections.segments(report))
    if report.comparison:
        drawn = sections.comparison(report.comparison, report.scores)
        title = f"Against {report.comparison.baseline}"
        yield Section("comparison", title, join([drawn, _changes(dossier, observed)]))
    yield Section("cases", "Worst answers", _worst(report, worst, observed.results))
    yield Section("time", "Time and cost", sections.time_and_cost(report, observed))
    notes = element("ul", *(element("li", note) for note in report.notes), class_="notes") if report.notes else Html()
    yield Section("notes", "Notes", notes)
    yield Section("origin", "How this came about", _origin(dossier))


def _header(report: Report) -> Html:
    tone = TONES[report.outcome] if report.decisions else "quiet"
    mark = MARKS[report.outcome].split()[0] if report.decisions else "–"
    started = report.started_at.strftime("%Y-%m-%d %H:%M %Z").strip()
    tiles = (element("div", element("dt", name), element("dd", value)) for name, value in facts(report))
    return element(
        "header",
        element("p", "Evaluation report", class_="eyebrow"),
        element("h1", report.suite),
        element("p", f"{report.target} · {started}" + ("" if report.complete else " · interrupted"), class_="soft"),
        element(
            "div",
            element("span", mark, class_="mark", aria_hidden="true"),
            element("span", verdict(report)),
            class_=f"verdict {tone}",
        ),
        element("dl", *tiles, class_="tiles"),
    )


def _section(part: Section) -> Html:
    heading = element("h2", part.title, id=f"{part.anchor}-title")
    return element("section", heading, part.body, id=part.anchor, aria_labelledby=f"{part.anchor}-title")


def _legend() -> Html:
    return element(
        "p",
        "The line is the scorer's range, the dot the mean, the band its 95 % interval; ↓ marks scorers of which lower is "
        "better. Missing scores count nowhere, in brackets is the mean if they were all the lowest or all the highest. "
        "Detectable is the smallest true difference that this many cases show in four of five tries.",
        class_="soft small",
    )


def _worst(report: Report, worst: list[CaseResult], answers: int) -> Html:
    if not worst:
        return element("p", "No answer failed, fell short of a full score or misses one.")
    units = _units(report.scores)
    told = f"{count(len(worst), 'answer')} of {answers:,}, worst first: failed, then by scorers failed and scores lost."
    return join(
        [element("p", told, class_="soft"), *(case_card(r, units, is_open=i == 0) for i, r in enumerate(worst))]
    )


def _changes(dossier: Dossier, observed: Observations) -> Html:
    """The cases whose scores changed, worst first, with the answers of both runs; seconds and dollars always change a little."""
    if dossier.baseline is None or dossier.report.comparison is None:
        return Html()
    compared = {difference.label for difference in dossier.report.comparison.differences}
    scores = [score for score in dossier.report.scores if score.label in compared and score.range is not None]
    changed: dict[str, list[Change]] = {}
    for change in find_changes(observed, Observations.of(dossier.baseline()), scores):
        changed.setdefault(change.case_id, []).append(change)
    if not changed:
        return element("p", "No case changed its scores.")
    shown = list(changed.items())[:MOST_CASES]
    after, before = _answers(dossier.results, shown), _answers(dossier.baseline, shown)
    units = _units(dossier.report.scores)
    cards = (change_card(changes, before.get(name), after.get(name), units) for name, changes in shown)
    told = f"{count(len(changed), 'case')} changed, the greatest losses first"
    more = f"; {len(shown)} are shown" if len(shown) < len(changed) else ""
    return join([element("h3", told + more), *cards])


def _answers(results: Results, shown: Sequence[tuple[str, list[Change]]]) -> dict[str, CaseResult]:
    """The answers to the changed cases, the first repeat of each."""
    wanted = {name for name, _ in shown}
    found: dict[str, CaseResult] = {}
    for result in results():
        name = result.case_id
        if name in wanted and (name not in found or result.repeat < found[name].repeat):
            found[name] = result
    return found


def _origin(dossier: Dossier) -> Html:
    report = dossier.report
    rows = [("run", report.run_id), *sorted(report.refs.items())]
    pairs = (join([element("dt", name), element("dd", value, class_="mono")]) for name, value in rows)
    parts = [element("dl", *pairs, class_="pairs")]
    if dossier.command:
        parts += [element("p", "To do it again:"), element("pre", dossier.command)]
    return join(parts)


def _seen(results: Results, observed: Observations) -> Iterator[CaseResult]:
    """Pass results on while their numbers are taken."""
    for result in results():
        observed.add(result)
        yield result


def _units(scores: tuple[ScoreSummary, ...]) -> dict[str, str]:
    return {score.label: score.unit for score in scores}
