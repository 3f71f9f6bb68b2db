"""Bets in words: when it stopped, what was spared, how the capitals went."""

from io import StringIO

from llmops.domain.betting import Betting
from llmops.evals.reports.bets import COLUMNS, capital_text, headline, left_text, rows
from llmops.evals.reports.markdown_report import summary
from llmops.evals.reports.terminal import print_report
from tests.support.bets import betting
from tests.support.eval_runs import report, result


def told(found: Betting) -> tuple[str, str]:
    """The report in the terminal and as Markdown."""
    made = report([result("a", 1.0)]).model_copy(update={"betting": found})
    stream = StringIO()
    print_report(made, file=stream)
    return " ".join(stream.getvalue().split()), summary(made)


def test_the_headline_says_what_was_spared() -> None:
    assert headline(betting()) == "Decided after 3 of 300 cases: 5 of 300 answers asked for, 295 spared (98.3 %)."
    alongside = betting(decided=False, units=300, cases=300, answers=300, baseline_answers=300)
    assert headline(alongside) == (
        "Not decided after 300 of 300 cases: 300 of 300 answers asked for, beside 300 of the baseline."
    )


def test_clusters_are_counted_beside_their_cases() -> None:
    found = betting(units=3, of_units=40, cases=30, of_cases=400, answers=34, of_answers=400)
    assert headline(found).startswith("Decided after 3 of 40 clusters (30 of 400 cases): 34 of 400 answers asked for")


def test_a_row_shows_both_capitals_and_the_path_of_the_richer() -> None:
    (row,) = rows(betting())
    assert dict(zip(COLUMNS, row, strict=True)) == {
        "bet on": "contains ≥ 0.7",
        "outcome": "pass",
        "after": "3",
        "capital for it": "25.0 of 20",
        "against it": "< 0.01 of 40",
        "path": "▅▇█",
    }


def test_every_report_tells_the_bets() -> None:
    terminal, markdown = told(betting(left=("cost per case ≤ $1.00",)))
    for text in (terminal, markdown):
        assert "Decided after 3 of 300 cases" in text
        assert "▅▇█" in text
        assert "left to the full run: cost per case ≤ $1.00" in text
        assert "leans towards its decision" in text
    assert "left to the full run" not in told(betting())[0]


def test_capitals_have_as_many_digits_as_say_something() -> None:
    assert [capital_text(value) for value in (123.456, 1.234, 0.011, 0.0)] == ["123.5", "1.23", "0.01", "< 0.01"]
    assert left_text(betting()) == ""
