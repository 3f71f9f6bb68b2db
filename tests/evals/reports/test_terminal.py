"""The report in a terminal."""

import io

from llmops.domain.report import Decision
from llmops.evals.compare import compare_runs
from llmops.evals.reports.terminal import print_report
from tests.support.eval_runs import baseline, binary, loaded, observed, report, result


def printed(found) -> str:  # type: ignore[no-untyped-def]
    stream = io.StringIO()
    print_report(found, file=stream)
    return stream.getvalue()


def test_scores_gates_notes_and_the_verdict_are_there() -> None:
    decision = Decision(gate="contains ≥ 0.9", outcome="unknown", reason="too few")
    text = printed(report([*binary(9, 1), result("m", None)]).model_copy(update={"decisions": (decision,)}))
    assert text.splitlines() == [
        "docs on app/docs  (run-1)",
        "cases 11 · failed answers 0 · latency p50 / p95 250 ms / 250 ms · cost $0.011 · tokens 165 · time 1.5 s",
        "",
        "scorer     mean  95 % interval                           n  detectable          missing  pass rate",
        "contains  0.900  ············━━━━━━●━━  0.596 to 0.982  10       0.280  1 (0.818–0.909)     90.0 %",
        "intervals: Wilson (contains)",
        "",
        "gate                       why",
        "? unknown  contains ≥ 0.9  too few",
        "",
        "note: contains: 1 of 11 (9.1 %) scores are missing, most often because: judge unreadable",
        "",
        "The gate is unknown.",
    ]


def test_repeats_say_where_the_spread_comes_from_and_who_wavers() -> None:
    rows = [
        result(f"c{i:02}", float(i < 20 or repeat == i % 3), repeat=repeat) for i in range(30) for repeat in range(3)
    ]
    lines = printed(report(rows)).splitlines()
    assert "where the spread of the mean comes from" in lines
    assert "Cases whose answers disagree: contains: 10 of 30 cases." in lines
    assert "contains  c20   3        1       0.000   1.000" in lines
    assert "contains  3  100.0 %               66.7 %       30" in lines


def test_a_comparison_is_there() -> None:
    after, before = binary(50, 10), binary(30, 30)
    comparison = compare_runs(observed(after), baseline(before), [loaded(), loaded("other")])
    text = printed(report(after).model_copy(update={"comparison": comparison}))
    assert "against production (run-before)" in text
    assert "20 / 0 / 40" in text
    assert "better" in text
    assert "note: other: not compared, production was not scored with it" in text


def test_a_run_without_scores_prints(capsys) -> None:  # type: ignore[no-untyped-def]
    print_report(report([result("a", error="\x1b[2Jboom")]))
    out = capsys.readouterr().out
    assert "\x1b[2J" not in out
    assert "most often with: boom" in out
    assert "This suite has no gates: nothing was decided." in out


def test_only_segments_that_differ_are_in_the_way() -> None:
    rows = [
        result(f"c{i:03}", float(i % 3 > 0 if i < 120 else i % 10 == 0), metadata={"lang": ("en", "de", "fr")[i // 60]})
        for i in range(180)
    ]
    lines = printed(report(rows)).splitlines()
    assert "segments that differ from the rest" in lines
    assert any(line.startswith("contains  metadata.lang  fr") for line in lines)
    alike = [result(f"c{i:03}", float(i % 2), metadata={"lang": ("en", "de")[i // 60]}) for i in range(120)]
    assert "2 segments cannot be told from the rest; a report file shows all of them." in printed(report(alike))
