"""The report as Markdown."""

import io

from llmops.domain.report import Decision
from llmops.evals.compare import compare_runs
from llmops.evals.reports.markdown_report import summary, write_markdown
from tests.support.eval_runs import baseline, binary, dossier, loaded, observed, report, result


def test_it_has_gates_scores_segments_comparison_and_notes() -> None:
    rows = [result(f"c{i:02}", float(i % 3 > 0), metadata={"topic": "ab"[i % 2]}, cached=True) for i in range(30)]
    comparison = compare_runs(observed(rows), baseline(rows), [loaded(), loaded("other")])
    decision = Decision(gate="contains ≥ 0.9", outcome="fail", reason="too low")
    text = summary(report(rows).model_copy(update={"comparison": comparison, "decisions": (decision,)}))
    assert text.startswith("# docs on app/docs\n\n**The gate fails.**")
    assert "| ✗ fail | contains ≥ 0.9 | too low |" in text
    assert "| contains | 0.667 | 0.488 to 0.808 | Wilson | 30 | 0.245 | 0 | 66.7 % |" in text
    assert "| contains | metadata.topic | a | 0.667 | 0.417 to 0.848 | 15 |" in text
    assert "## Against production (run-before)" in text
    assert "- 30 of 30 (100.0 %) answers came from the reply cache" in text
    assert "- other: not compared" in text


def test_the_worst_answers_are_fenced() -> None:
    stream = io.StringIO()
    answer = "```\n# heading\n<script>alert(1)</script>\n| a | b |"
    write_markdown(dossier([result("a|b", 0.0, output=answer), *binary(3, 0)], command="llmops eval docs"), stream)
    text = stream.getvalue()
    assert "### a\\|b" in text
    assert f"````text\n{answer}\n````" in text
    assert text.endswith("## Do it again\n\n```text\nllmops eval docs\n```\n")


def test_an_error_takes_the_place_of_the_output() -> None:
    stream = io.StringIO()
    write_markdown(dossier([result("a", error="time-out")]), stream)
    assert "no answer: time-out" in stream.getvalue()


def test_texts_in_tables_stay_texts() -> None:
    text = summary(report(binary(12, 0), suite="<img src=x>|[x](y)", target="@all"))
    assert text.startswith("# &lt;img src=x>\\|\\[x\\](y) on @\u200ball")


def test_repeats_have_a_part_where_there_are_any() -> None:
    rows = [result(f"c{i:02}", float(repeat == i % 2), repeat=repeat) for i in range(10) for repeat in range(2)]
    text = summary(report(rows))
    assert "## Repeats\n\nCases whose answers disagree: contains: 10 of 10 cases." in text
    assert "| contains | 2 | 100.0 % | 0.0 % | 10 |" in text
    assert "## Repeats" not in summary(report(rows[::2]))
