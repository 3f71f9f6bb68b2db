"""The HTML report as a page."""

import io
import re

import pytest

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.report import Decision
from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.html_report import write_html
from llmops.presentation.browser import script
from tests.support.eval_runs import baseline, binary, contexts, dossier, loaded, observed, report, result

EVIL = "</script><script>document.title='owned'</script><img src=http://x/y.png onerror=alert(1)>\x1b[31m"


def page(found: Dossier) -> str:
    stream = io.StringIO()
    write_html(found, stream)
    return stream.getvalue()


def full() -> Dossier:
    """A run with everything that a report can show."""
    rows = [
        result(
            f"c{i:02}", float(i % 4 > 0), metadata={"topic": "ab"[i % 2]}, contexts=contexts("one", EVIL), output=EVIL
        )
        for i in range(40)
    ]
    before = [result(f"c{i:02}", float(i % 3 > 0), output="as it was") for i in range(40)]
    found = report(rows, refs={"app": "sha256:ab"}, suite=EVIL, target=EVIL)
    comparison = compare_runs(observed(rows), baseline(before, name=EVIL), [loaded()])
    decisions = (Decision(gate=EVIL, outcome="fail", reason=EVIL),)
    updated = found.model_copy(update={"comparison": comparison, "decisions": decisions, "notes": (EVIL,)})
    return Dossier(updated, lambda: iter(rows), lambda: iter(before), "llmops eval docs")


def test_everything_is_on_the_page() -> None:
    text = page(full())
    for heading in (
        "Gates",
        "Scores",
        "Distributions",
        "Segments",
        "Cases",
        "Time and cost",
        "Notes",
        "How this came about",
    ):
        assert re.search(rf"<h2 [^>]*>{heading}</h2>", text), heading
    assert "The gate fails." in text
    assert "sha256:ab" in text
    assert "<pre>llmops eval docs</pre>" in text


def test_no_text_becomes_markup_and_nothing_is_loaded() -> None:
    text = page(full())
    assert set(re.findall(r"<script[^>]*>", text)) == {
        "<script>", '<script type="text/plain" id="records-0">', '<script type="text/plain" id="records-1">',
        '<script type="text/plain" id="records-index">',
    }  # fmt: skip
    assert text.count("<script>") == 1
    text = text.replace(script(), "")
    assert "<img" not in text
    assert not re.search(r"<[^>]+ on\w+=", text)
    assert not re.search(r"<[^>]+ style=", text)
    assert not re.search(r'(src|href)="(?!#|data:,")', text)
    assert "\x1b" not in text


def test_links_lead_to_sections_and_ids_are_unique() -> None:
    text = page(full())
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_a_hundred_thousand_characters_and_many_cases_stay_a_small_page() -> None:
    rows = [result(f"c{i:04}", 0.0, output="y" * 100_000) for i in range(500)]
    text = page(dossier(rows))
    assert len(text) < 1_000_000


def test_a_run_that_went_well_says_so() -> None:
    text = page(dossier(binary(20, 0)))
    assert "This suite has no gates: nothing was decided." in text


@pytest.mark.parametrize(
    "rows",
    [[], [result("a", error="x")], [result("a", None)], [result("a", Score.not_applicable("n"))]],
    ids=["nothing", "errors", "missing", "not applicable"],
)
def test_a_run_with_nothing_to_show_has_a_page(rows: list[CaseResult]) -> None:
    assert "<h2" in page(dossier(rows))
