"""eval: tables, verdicts, exit codes, files."""

import json
from pathlib import Path

from tests.support.workspaces import llmops


def test_a_suite_gives_a_table_with_intervals_and_gates(ready: Path) -> None:
    said = llmops("eval", "docs")
    assert "contains" in said.out
    assert "hit_rate" in said.out
    assert "error rate" in said.out
    assert "no language model" in said.out


def test_reports_are_written_in_every_format(ready: Path) -> None:
    names = ["r.html", "r.md", "r.csv", "r.json"]
    arguments = [word for name in names for word in ("--report", name)]
    llmops("eval", "docs", *arguments, "--junit", "r.xml")
    assert "<html" in (ready / "r.html").read_text()
    assert "| contains |" in (ready / "r.md").read_text()
    assert "return-period" in (ready / "r.csv").read_text()
    assert json.loads((ready / "r.json").read_text())["cases"] == 12
    assert "<testsuite" in (ready / "r.xml").read_text()


def test_an_unknown_format_is_refused_before_anything_is_asked(ready: Path) -> None:
    said = llmops("eval", "docs", "--report", "r.pdf")
    assert said.code == 2
    assert "r.pdf" in said.err
    assert ".html" in said.err
    assert "No runs yet" in llmops("runs", "list").err


def test_compare_with_production(ready: Path) -> None:
    assert llmops("promote", "app/docs@1", "--to", "production").code == 0
    app = ready / "apps" / "docs.yaml"
    app.write_text(app.read_text().replace("min_similarity: 0.0", "min_similarity: 1.0"))
    report = json.loads(llmops("eval", "docs", "--compare", "production", "--json").out)[0]
    differences = {item["label"]: item for item in report["comparison"]["differences"]}
    assert differences["context_support"]["conclusion"] == "worse"
    assert differences["hit_rate"]["conclusion"] != "worse"
    assert len(json.loads(llmops("runs", "list", "--json").out)) == 2


def test_comparing_with_nothing_says_what_to_type(ready: Path) -> None:
    said = llmops("eval", "docs", "--compare", "production")
    assert said.code == 2
    assert "llmops promote app/docs --to production" in said.err


def test_a_failing_gate_is_exit_code_1(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text().replace("min: 0.6", "min: 1.0"))
    assert llmops("eval", "docs", "--allow-unknown").code in (0, 1)
    suite.write_text(suite.read_text() + "  - {scorer: context_support, max: 0.01}\n")
    assert llmops("eval", "docs", "--allow-unknown").code == 1


def test_an_unknown_scorer_names_the_nearest(ready: Path) -> None:
    suite = ready / "evals" / "docs.yaml"
    suite.write_text(suite.read_text().replace("- contains", "- containz"))
    said = llmops("eval", "docs")
    assert said.code == 2
    assert "'containz'" in said.err
    assert "'contains'" in said.err


def test_an_index_that_was_never_built_says_what_to_type(workspace: Path) -> None:
    said = llmops("eval", "docs")
    assert said.code == 2
    assert "llmops index sync docs" in said.err


def test_an_unreachable_model_is_exit_code_3(ready: Path) -> None:
    (ready / "llmops.toml").write_text(
        (ready / "llmops.toml").read_text()
        + '\n[connections.gone]\napi_base = "http://127.0.0.1:9/v1"\ntimeout = "1s"\n'
    )
    said = llmops("eval", "docs", "--model", "gone/m", "--limit", "2")
    assert said.code == 3
    assert "127.0.0.1:9" in said.err
    assert json.loads(llmops("runs", "list", "--json").out)[0]["status"] == "failed"


def test_a_run_that_goes_on_knows_its_suite(ready: Path) -> None:
    said = llmops("eval", "docs", "--resume", "run-1")
    assert said.code == 2
    assert "a run that goes on knows its suite, so none can be named" in said.err
    assert "llmops eval --resume run-1" in said.err
    unknown = llmops("eval", "--resume", "run-1")
    assert "there is no run 'run-1'" in unknown.err


def test_retrying_errors_goes_with_resuming(ready: Path) -> None:
    said = llmops("eval", "docs", "--retry-errors")
    assert said.code == 2
    assert "--retry-errors goes with --resume" in said.err
    assert "llmops eval --resume RUN --retry-errors" in said.err


def test_a_finished_run_is_not_resumed(ready: Path) -> None:
    (report,) = json.loads(llmops("eval", "docs", "--json").out)
    said = llmops("eval", "--resume", report["run_id"])
    assert said.code == 2
    assert f"{report['run_id']} is finished, there is nothing left to do" in said.err


def test_a_run_that_was_decided_shows_its_bets_and_is_shown_again(ready: Path) -> None:
    said = llmops("eval", "docs", "--until-decided", "--report", "r.html", "--report", "r.md")
    assert "of 12 cases" in said.out
    assert "capital for it" in said.out
    assert "Until decided" in (ready / "r.html").read_text()
    assert "## Until decided" in (ready / "r.md").read_text()
    again = llmops("eval", "docs", "--until-decided")
    assert "was made on exactly these digests: nothing was asked" in " ".join(again.out.split())
    assert len(json.loads(llmops("runs", "list", "--json").out)) == 1
    refused = llmops("eval", "docs", "--until-decided", "--limit", "3")
    assert refused.code == 2
    assert "--until-decided draws them" in refused.err
