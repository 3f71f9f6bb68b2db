"""The report as Markdown."""

import io
import re
from dataclasses import replace

from llmops.domain.evaluation import Score
from llmops.domain.report import Decision
from llmops.evals.compare import compare_runs
from llmops.evals.reports.dossier import Dossier
from llmops.evals.reports.markdown_report import summary, write_markdown
from llmops.presentation.diffs import ContentChange, FieldChange
from tests.support.eval_runs import baseline, binary, dossier, loaded, observed, report, result


def written(found: Dossier) -> str:
    stream = io.StringIO()
    write_markdown(found, stream)
    return stream.getvalue()


def test_what_was_decided_and_the_scores_come_first() -> None:
    rows = [result(f"c{i:02}", float(i % 3 > 0), cached=True) for i in range(30)]
    decision = Decision(gate="contains ≥ 0.9", outcome="fail", reason="too low")
    text = summary(report(rows).model_copy(update={"decisions": (decision,)}))
    assert text.startswith("# docs on app/docs\n\n**The gate fails.**\n\ncases 30 · failed answers 0")
    assert "| ✗ fail | contains ≥ 0.9 | too low |" in text
    assert "| contains | 0.667 | 0.488 to 0.808 | 30 | 0 | 66.7 % |" in text
    assert "- 30 of 30 (100.0 %) answers came from the reply cache" in text


def test_a_comparison_stands_beside_the_scores() -> None:
    before, after = binary(30, 30), binary(50, 10)
    comparison = compare_runs(observed(after), baseline(before), [loaded(), loaded("other")])
    found = report(after, loaded(), loaded("other")).model_copy(update={"comparison": comparison})
    text = written(dossier(after, report=found))
    assert "| contains | 0.833 | 0.720 to 0.907 | 60 | +0.333 (+0.227 to +0.459) | better |" in text
    assert "| other ↓ | – |" not in text
    assert "| other | – | – | 0 | – | not compared |" in text
    assert "Compared with production (run-before), case by case." in text
    assert "- other: not compared" in text
    assert "| contains | Wilson | 0.136 | 0 | 83.3 % | 20 / 0 / 40 |" in text


def test_everything_else_is_folded() -> None:
    rows = [result(f"c{i:02}", float(i % 3 > 0), metadata={"topic": "ab"[i % 2]}) for i in range(60)]
    changes = (ContentChange("prompt/answer@1", "prompt/answer@2", (FieldChange("body", "a\nb", "a\n</details>"),)),)
    text = written(replace(dossier(rows, command="llmops eval docs"), changes=changes))
    titles = re.findall(r"<details><summary>(.*?)</summary>\n\n", text)
    assert titles == ["Worst answers", "What changed", "Segments", "All figures", "How this came about"]
    assert "| contains | metadata.topic | a | 0.667 |" in text
    assert "```text\n@@ -1,2 +1,2 @@\n a\n-b\n+</details>\n```" in text
    assert text.endswith("To do it again:\n\n```text\nllmops eval docs\n```\n\n</details>\n")


def test_the_worst_answers_are_fenced() -> None:
    answer = "```\n# heading\n<script>alert(1)</script>\n| a | b |"
    text = written(dossier([result("a|b", 0.0, output=answer), *binary(3, 0)]))
    assert "**a\\|b**" in text
    assert f"````text\n{answer}\n````" in text


def test_it_fits_a_comment_and_says_what_was_left_out() -> None:
    labels = [loaded(f"scorer-{i}") for i in range(200)]
    scores = {one.label: Score(value=0.0, passed=False, reason="why " * 500) for one in labels}
    rows = [result(f"c{i}", 0.0, output="x" * 9000, inputs={f"k{j}": "y" * 9000 for j in range(50)}) for i in range(9)]
    rows = [row.model_copy(update={"scores": scores}) for row in rows]
    decisions = tuple(Decision(gate="g" * 50, outcome="fail", reason="r" * 5000) for _ in range(20))
    found = report(rows, *labels).model_copy(update={"decisions": decisions})
    text = written(dossier(rows, report=found))
    assert len(text) <= 65_536
    assert "140 more rows." in text
    assert "Too long for a comment, so left out: Worst answers" in text
    assert "llmops runs export run-1 -o report.html" in text


def test_an_error_takes_the_place_of_the_output() -> None:
    assert "no answer: time-out" in written(dossier([result("a", error="time-out")]))


def test_texts_in_tables_stay_texts() -> None:
    text = summary(report(binary(12, 0), suite="<img src=x>|[x](y)", target="@all"))
    assert text.startswith("# &lt;img src=x>\\|\\[x\\](y) on @\u200ball")


def test_repeats_have_a_part_where_there_are_any() -> None:
    rows = [result(f"c{i:02}", float(repeat == i % 2), repeat=repeat) for i in range(10) for repeat in range(2)]
    text = written(dossier(rows))
    assert "<summary>Repeats</summary>\n\nCases whose answers disagree: contains: 10 of 10 cases." in text
    assert "| contains | 2 | 100.0 % | 0.0 % | 10 |" in text
    assert "Repeats" not in written(dossier(rows[::2]))
