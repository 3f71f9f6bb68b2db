"""How the scores of each scorer are spread."""

from llmops.evals.reports.sections.section import Material, Section
from llmops.evals.words import score_name
from llmops.measures.intervals import percentile
from llmops.presentation.charts import Mark, histogram
from llmops.presentation.figures import count, number
from llmops.presentation.html import element
from llmops.presentation.pieces import figure


def distributions(material: Material) -> Section | None:
    """A histogram for each scorer, of the means of the cases."""
    figures = []
    for score in material.report.scores:
        values = material.observed.scores(score.label).values
        if values:
            span = score.range or (min(0.0, *values), percentile(values, 99) or 1.0)
            told = f"{count(len(values), 'case')}, mean {number(score.mean, score.unit)}"
            marks = [] if score.mean is None else [Mark("mean", score.mean)]
            drawn = histogram(values, span, title=f"Distribution of {score.label}", unit=score.unit, marks=marks)
            figures.append(figure(score_name(score), told, drawn))
    return Section("distributions", "Distributions", element("div", *figures, class_="figures")) if figures else None
