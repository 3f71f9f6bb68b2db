"""How long answers took, and what they cost."""

from llmops.evals.reports.sections.section import Material, Section
from llmops.measures.intervals import percentile
from llmops.presentation.charts import Mark, histogram
from llmops.presentation.figures import number, percent, seconds
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import figure


def spending(material: Material) -> Section | None:
    """A histogram of latencies, and sentences on cost and failures."""
    report, observed = material.report, material.observed
    latencies = observed.latencies
    parts: list[Html] = []
    if latencies:
        marks = [Mark(name, report.latency[name]) for name in ("p50", "p95") if name in report.latency]
        top = percentile(latencies, 99) * 1.05 or 1.0
        drawn = histogram(latencies, (0.0, top), title="Latency of answers", unit="s", marks=marks, width=480)
        told = " · ".join(f"{name} {seconds(value)}" for name, value in report.latency.items())
        parts.append(figure("Latency", told, drawn, "wide"))
    if report.cost is not None and report.cases:
        mean = report.cost / max(1, observed.results)
        parts.append(element("p", f"An answer cost {number(mean, '$')} on average, {number(report.cost, '$')} in all."))
    if observed.results and report.errors:
        parts.append(element("p", f"{percent(report.errors / observed.results)} of answers failed."))
    return Section("time", "Time and cost", join(parts)) if parts else None
