"""Scores by the values of metadata keys."""

from llmops.evals.reports.sections.section import Material, Section
from llmops.presentation.charts import Dot, bars
from llmops.presentation.figures import number
from llmops.presentation.html import element
from llmops.presentation.pieces import figure


def segments(material: Material) -> Section | None:
    """Bars with intervals for each scorer and metadata key."""
    figures = []
    for score in material.report.scores:
        for key in dict.fromkeys(part.segment for part in score.segments):
            parts = [part for part in score.segments if part.segment == key]
            dots = [
                Dot(
                    part.value,
                    part.mean,
                    part.interval.low if part.interval else None,
                    part.interval.high if part.interval else None,
                    f"{number(part.mean, score.unit)} · n = {part.n:,}",
                )
                for part in parts
            ]
            ends = [end for dot in dots for end in (dot.mean, dot.high or 0.0)]
            span = score.range or (0.0, max(ends) or 1.0)
            title = f"{score.label} by {key}"
            drawn = bars(dots, span, title=title, unit=score.unit, reference=score.mean)
            figures.append(figure(title, "", drawn))
    return Section("segments", "Segments", element("div", *figures, class_="figures halves")) if figures else None
