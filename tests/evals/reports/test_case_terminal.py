"""Cases in the terminal."""

import io

from llmops.domain.evaluation import Score
from llmops.evals.reports.case_terminal import print_case, print_worst
from tests.support.eval_runs import contexts, report, result
from tests.support.examples import example_run


def test_the_worst_answers_say_what_was_asked_what_came_and_what_is_wrong() -> None:
    stream = io.StringIO()
    rows = [
        result("lost", error="time-out"),
        result("a", 0.0, repeat=1, output="no\nidea " + "x" * 100),
        result("open", None),
    ]
    print_worst(report(rows), rows, file=stream)
    lines = stream.getvalue().splitlines()
    assert lines[1].split()[:3] == ["worst", "answers", "scores"]
    assert lines[2].startswith("lost           no answer")
    assert lines[3].startswith("a #2           contains 0.000    about a?     no idea xxx")
    assert lines[3].endswith("…")
    assert "contains missing" in lines[4]


def test_without_bad_answers_nothing_is_said() -> None:
    stream = io.StringIO()
    print_worst(report([result("a", 1.0)]), [], file=stream)
    assert stream.getvalue() == ""


def test_a_case_is_printed_whole() -> None:
    stream = io.StringIO()
    answers = [
        result(
            "a", Score(value=0.0, passed=False, reason="it lacks: 30 days"), output="x" * 9000, contexts=contexts("one")
        ),
        result("a", 1.0, repeat=1, output="\x1b[2Jsecond"),
    ]
    print_case(example_run(), answers, file=stream)
    text = stream.getvalue()
    assert text.startswith("a of docs  (run-1)\n\ninput: question\n  about a?\n")
    assert "x" * 9000 in text
    assert "answer 2 of 2: openai/gpt-4o-mini · 250 ms" in text
    assert "it lacks: 30 days" in text
    assert "context [1] docs/a.md:3, score 0.900\n  one\n" in text
    assert "\x1b" not in text
