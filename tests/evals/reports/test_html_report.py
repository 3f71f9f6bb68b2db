"""The HTML report as a page."""

import io
import re
from pathlib import Path

import pytest

from llmops.domain.evaluation import CaseResult, Score
from llmops.domain.report import Decision
from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.html_report import write_html
from llmops.evals.reports.saving import save_report
from tests.support.browser import open_page
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
        "Worst answers",
        "Time and cost",
        "Notes",
        "How this came about",
    ):
        assert re.search(rf"<h2 [^>]*>{heading}</h2>", text), heading
    assert "The gate fails." in text
    assert "sha256:ab" in text
    assert "<pre>llmops eval docs</pre>" in text
    assert "as it was" in text
    assert "cases changed, the greatest losses first" in text


def test_no_text_becomes_markup_and_nothing_is_loaded() -> None:
    text = page(full())
    assert "<script" not in text
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


def test_it_opens_in_a_browser_without_a_complaint(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    save_report(full(), path)
    dom, console = open_page(path)
    assert console == []
    assert "owned" not in re.search(r"<title>(.*?)</title>", dom, re.DOTALL)[0][:20]  # type: ignore[index]
    assert '<th scope="row">contains</th>' in dom
    assert "<script" not in dom
    assert dom.count("<details") > 20


def test_a_hundred_thousand_characters_and_many_cases_stay_a_small_page() -> None:
    rows = [result(f"c{i:04}", 0.0, output="y" * 100_000) for i in range(500)]
    text = page(dossier(rows))
    assert len(text) < 1_000_000
    assert text.count("<details") == 50
    assert "50 answers of 500, worst first" in text


def test_a_run_that_went_well_says_so() -> None:
    text = page(dossier(binary(20, 0)))
    assert "No answer failed, fell short of a full score or misses one." in text
    assert "This suite has no gates: nothing was decided." in text


@pytest.mark.parametrize(
    "rows",
    [[], [result("a", error="x")], [result("a", None)], [result("a", Score.not_applicable("n"))]],
    ids=["nothing", "errors", "missing", "not applicable"],
)
def test_a_run_with_nothing_to_show_has_a_page(rows: list[CaseResult]) -> None:
    assert "<h2" in page(dossier(rows))


def test_an_unchanged_comparison_says_so() -> None:
    rows = binary(10, 2)
    comparison = compare_runs(observed(rows), baseline(rows), [loaded()])
    found = Dossier(report(rows).model_copy(update={"comparison": comparison}), lambda: iter(rows), lambda: iter(rows))
    assert "No case changed its scores." in page(found)
