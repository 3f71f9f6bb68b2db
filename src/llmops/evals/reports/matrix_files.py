"""A matrix as files: one page of HTML with a section for each cell, Markdown, CSV, JSON, and JUnit over all cells."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TextIO, TypeAlias
from xml.sax.saxutils import quoteattr

from llmops.domain.matrix import Cell, Matrix
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.formats import write_junit
from llmops.evals.reports.matrix_table import (
    cost_text,
    gates_text,
    labels_of,
    legend,
    score_of,
    score_text,
    verdict_of,
)
from llmops.evals.reports.saving import check_format, save_text
from llmops.evals.words import TONES
from llmops.presentation.html import Html, element, join, page
from llmops.presentation.markdown import table as markdown_table

Dossiers: TypeAlias = Sequence[Dossier | None]


def save_matrix(matrix: Matrix, dossiers: Dossiers, path: Path) -> None:
    """Save as .html, .md, .csv or .json; the file appears whole or not at all.

    Raises:
        InputError: the name ends in none of these.
        OutsideError: the file cannot be written.
    """
    check_format(path)
    write = _WRITERS[path.suffix.lower()]
    save_text(path, lambda stream: write(matrix, dossiers, stream))


def save_matrix_junit(matrix: Matrix, dossiers: Dossiers, path: Path, *, allow_unknown: bool) -> None:
    """Save JUnit XML: the gates and cases of every cell; a cell without a report is an error."""
    save_text(path, lambda stream: write_matrix_junit(matrix, dossiers, stream, allow_unknown=allow_unknown))


def write_matrix_html(matrix: Matrix, dossiers: Dossiers, stream: TextIO) -> None:
    """Write one page: the overview, whose rows lead to a section for each cell."""
    from llmops.evals.reports.sections.gates import gates
    from llmops.evals.reports.sections.scores import scores
    from llmops.evals.reports.sections.section import Material
    from llmops.presentation.charts import STYLE as CHART_STYLE
    from llmops.presentation.style import STYLE

    def cell_section(number: int, cell: Cell, dossier: Dossier | None) -> Html:
        inner: list[str] = []
        if dossier is None:
            inner.append(element("p", f"There is no report: {cell.error}"))
        else:
            material = Material.of(dossier)
            inner += [part.body for draw in (gates, scores) if (part := draw(material)) is not None]
            told = f"All of its answers: llmops runs export {dossier.report.run_id} -o report.html"
            inner.append(element("p", told, class_="soft small"))
        heading = element("h2", cell.target, id=f"cell-{number}-title")
        return element("section", heading, *inner, id=f"cell-{number}", aria_labelledby=f"cell-{number}-title")

    cells = list(enumerate(zip(matrix.cells, dossiers, strict=True), 1))
    links = [element("a", "Overview", href="#overview")]
    links += [element("a", cell.target, href=f"#cell-{number}") for number, (cell, _) in cells]
    header = element(
        "header",
        element("p", "Evaluation of several targets", class_="eyebrow"),
        element("h1", matrix.suite),
        element("div", element("span", verdict_of(matrix)), class_=f"verdict {TONES[matrix.outcome]}"),
    )
    main = element("main", _overview(matrix), *(cell_section(number, *cell) for number, cell in cells))
    body = join([header, element("nav", *links, aria_label="Cells"), main, element("footer", "Written by llmops.")])
    stream.write(page(f"{matrix.suite}: {matrix.outcome}", body, style=STYLE + CHART_STYLE))


def _overview(matrix: Matrix) -> Html:
    from llmops.presentation.pieces import badge, table

    labels = labels_of(matrix)
    rows = []
    for number, cell in enumerate(matrix.cells, 1):
        texts = [score_text(*score_of(cell, label)) for label in labels]
        link = element("th", element("a", cell.target, href=f"#cell-{number}"), scope="row")
        tone = TONES[cell.outcome] if cell.report and cell.report.decisions else "quiet"
        cells = [element("td", text, class_="nowrap") for text in texts]
        rows.append(
            element("tr", link, *cells, element("td", badge(gates_text(cell), tone)), element("td", cost_text(cell)))
        )
    headings = [(name, "") for name in ("Target", *labels, "Gates", "Cost")]
    told = [element("p", line, class_="soft small") for line in legend(matrix)]
    heading = element("h2", "Overview", id="overview-title")
    return element(
        "section",
        heading,
        table(headings, rows, label="Overview"),
        *told,
        id="overview",
        class_="wide",
        aria_labelledby="overview-title",
    )


def write_matrix_markdown(matrix: Matrix, dossiers: Dossiers, stream: TextIO) -> None:
    """Write the overview for a pull request."""
    labels = labels_of(matrix)
    rows = [
        [cell.target, *(score_text(*score_of(cell, label)) for label in labels), gates_text(cell), cost_text(cell)]
        for cell in matrix.cells
    ]
    stream.write(f"## {matrix.suite}\n\n**{verdict_of(matrix)}**\n\n")
    stream.write(markdown_table(["target", *labels, "gates", "cost"], rows) + "\n")
    for line in [*(f"{cell.target}: {cell.error}" for cell in matrix.cells if cell.error), *legend(matrix)]:
        stream.write(f"\n{line}\n")


def write_matrix_csv(matrix: Matrix, dossiers: Dossiers, stream: TextIO) -> None:
    """Write one row for each scorer of each cell."""
    from llmops.presentation.cleaning import clean

    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["target", "run", "scorer", "n", "mean", "low", "high", "difference", "p", "conclusion", "gates"])
    for cell in matrix.cells:
        for label in labels_of(matrix):
            score, difference = score_of(cell, label)
            if cell.report is None or score is None:
                continue
            span = (score.interval.low, score.interval.high) if score.interval else ("", "")
            found = (difference.mean, difference.p, difference.conclusion) if difference else ("", "", "")
            writer.writerow(
                [clean(cell.target), cell.report.run_id, label, score.n, score.mean, *span, *found, cell.outcome]
            )


def write_matrix_json(matrix: Matrix, dossiers: Dossiers, stream: TextIO) -> None:
    """Write the reports of all cells with their comparisons."""
    json.dump({**matrix.model_dump(mode="json"), "outcome": matrix.outcome}, stream, ensure_ascii=False, indent=2)
    stream.write("\n")


def write_matrix_junit(matrix: Matrix, dossiers: Dossiers, stream: TextIO, *, allow_unknown: bool = False) -> None:
    """Write the test suites of every cell into one file, each named by its target."""
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name={quoteattr(matrix.suite)}>\n')
    for cell, dossier in zip(matrix.cells, dossiers, strict=True):
        name = f"{matrix.suite} on {cell.target}"
        if dossier is None:
            stream.write(f'  <testsuite name={quoteattr(name)} tests="1" failures="0" errors="1">\n')
            stream.write(f'    <testcase classname={quoteattr(name)} name="run" time="0">')
            stream.write(f"<error message={quoteattr(cell.error)}/></testcase>\n  </testsuite>\n")
            continue
        whole = io.StringIO()
        named = Dossier(dossier.report.model_copy(update={"suite": name}), dossier.results)
        write_junit(named, whole, allow_unknown=allow_unknown)
        _, _, inner = whole.getvalue().partition("<testsuites")
        stream.write(inner.partition(">\n")[2].removesuffix("</testsuites>\n"))
    stream.write("</testsuites>\n")


_WRITERS: Final[dict[str, Callable[[Matrix, Dossiers, TextIO], None]]] = {
    ".html": write_matrix_html,
    ".md": write_matrix_markdown,
    ".csv": write_matrix_csv,
    ".json": write_matrix_json,
}
