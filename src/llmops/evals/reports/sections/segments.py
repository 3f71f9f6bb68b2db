"""Scores by the values of metadata keys."""

from llmops.evals.reports.sections.section import Material, Section
from llmops.evals.reports.segments import SEGMENT_COLUMNS, gapped, segment_rows
from llmops.presentation.charts import Dot, bars
from llmops.presentation.figures import number
from llmops.presentation.html import Html, element, join
from llmops.presentation.pieces import figure, row, table


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
    if not figures:
        return None
    return Section("segments", "Segments", join([element("div", *figures, class_="figures halves"), _gaps(material)]))


def _gaps(material: Material) -> Html:
    """How far each segment that is large enough lies from the rest."""
    if not gapped(material.report):
        return Html()
    rows = [row(name, *((text, "") for text in cells)) for name, *cells in segment_rows(material.report)]
    return table([(name, "") for name in SEGMENT_COLUMNS], rows, label="Segments against the rest")
