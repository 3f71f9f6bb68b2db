"""Who judges: what is asked, what is read of the replies, and what makes two judgements comparable."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

import llmops
from llmops.core.errors import JudgeLost
from llmops.core.names import Ref
from llmops.domain.suite import ScorerSpec, SuiteSpec
from llmops.evals.loading import load_scorers
from llmops.flows.evaluation.judging import expected_judge_ref, judge_ref, summarise_judges
from llmops.flows.evaluation.options import EvalOptions
from llmops.flows.promotion.evidence import check_suite
from tests.support.judges import Bench, judging, verdicts
from tests.support.model_server import Behaviour


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with judging(tmp_path) as found:
        yield found


def test_a_judge_is_known_by_model_parameters_and_prompts(bench: Bench) -> None:
    specs = [ScorerSpec(scorer="contains", label="contains"), ScorerSpec(scorer="faithfulness", label="faithfulness")]
    assert summarise_judges(load_scorers(specs[:1], bench.scoring())) is None
    assert judge_ref(None) == {}
    one = summarise_judges(load_scorers(specs, bench.scoring(repeats=3)))
    assert one is not None
    assert (one.models, one.repeats) == (("exam/judge",), 3)
    assert judge_ref(one) == {"judge": one.digest}
    other = summarise_judges(load_scorers(specs, bench.scoring("exam/other")))
    assert other is not None
    assert other.digest != one.digest


SUITE = """\
target: {app: docs}
dataset: evals/data/docs.jsonl
judge: %s
scorers:
  - faithfulness: {no_claims: 1}
"""


def test_a_run_knows_its_judge_and_what_it_took(ready: Path) -> None:
    (ready / "evals" / "judged.yaml").write_text(SUITE % "{model: offline/support, repeats: 2}")
    with llmops.open(ready) as ws:
        report = ws.eval("judged")
        run = ws.store.runs.get(report.run_id)
        results = list(ws.store.runs.results(report.run_id))
    assert report.judge is not None
    assert run.refs["judge"] == report.judge.digest
    assert (report.judge.models, report.judge.repeats, report.judge.cost) == (("offline/support",), 2, 0.0)
    calls = sum(score.judging.calls for result in results for score in result.scores.values() if score.judging)
    assert report.judge.calls == calls
    assert report.tokens < report.judge.tokens
    assert any(note.startswith("offline/support is no language model but a baseline judge") for note in report.notes)
    assert report.scores[0].n == 12


def test_the_offline_judge_is_the_default(ready: Path) -> None:
    (ready / "evals" / "judged.yaml").write_text(SUITE.replace("judge: %s\n", ""))
    with llmops.open(ready) as ws:
        report = ws.eval("judged")
        (ready / "evals" / "plain.yaml").write_text(SUITE.split("judge:")[0] + "scorers: [contains]\n")
        plain = ws.eval("plain")
        assert "judge" not in ws.store.runs.get(plain.run_id).refs
    assert report.judge is not None
    assert report.judge.models == ("offline/support",)
    assert plain.judge is None


def test_a_judge_that_never_answers_ends_the_run(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    (ready / "evals" / "judged.yaml").write_text(SUITE % "openai/gpt-4o-mini")
    with llmops.open(ready) as ws:
        with pytest.raises(JudgeLost, match="openai/gpt-4o-mini needs a key") as caught:
            ws.eval("judged")
        assert ws.store.runs.runs()[0].status == "failed"
    assert caught.value.exit_code == 3
    assert "The judge openai/gpt-4o-mini answered none of " in caught.value.hint


def test_a_judge_that_fails_now_and_then_costs_only_those_scores(ready: Path) -> None:
    with judging(ready) as bench:
        settings = (ready / "llmops.toml").read_text()
        (ready / "llmops.toml").write_text(settings + '\n[vectors]\nkind = "exact"\n')
        bench.program({"judge/statements": {"statements": ["a"]}, "judge/faithfulness": verdicts(1)})
        bench.server.script(
            *[Behaviour(body={"choices": [{"message": {"content": json.dumps({"statements": ["a"]})}}]})]
        )
        bench.server.script(*[Behaviour(status=400)] * 4)
        (ready / "evals" / "judged.yaml").write_text(SUITE % "exam/judge")
        with llmops.open(ready) as ws:
            report = ws.evaluate("judged", EvalOptions(concurrency=1))
    assert (report.scores[0].n, report.scores[0].missing) == (8, 4)


def test_a_judge_over_a_connection_judges_the_app(ready: Path) -> None:
    """End to end: the app answers here, the judge over HTTP; its replies are cached like any other."""
    with judging(ready) as bench:
        settings = (ready / "llmops.toml").read_text()
        (ready / "llmops.toml").write_text(settings + '\n[vectors]\nkind = "exact"\n')
        bench.program({"judge/statements": {"statements": ["a"]}, "judge/faithfulness": verdicts(1)})
        (ready / "evals" / "judged.yaml").write_text(SUITE % "exam/judge")
        with llmops.open(ready) as ws:
            first, second = ws.eval("judged"), ws.eval("judged")
    assert first.judge is not None
    assert second.judge is not None
    assert (first.scores[0].mean, first.judge.calls, first.judge.cached) == (1.0, 24, 0)
    assert (second.judge.cached, len(bench.asked)) == (24, 24)


def standing(root: Path) -> str:
    """What a rule that requires the judged suite says of the app."""
    with llmops.open(root) as ws:
        target = ws.store.versions.latest("app", "docs")
        assert target is not None
        now = datetime.now(UTC)
        return check_suite(ws.services, target, "production", "judged", max_age=None, now=now).state


def test_another_judge_or_another_prompt_is_other_evidence(ready: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    suite = SUITE.replace("judge: %s\n", "") + "gates:\n  - {error_rate: 0.5}\n"
    (ready / "evals" / "judged.yaml").write_text(suite)
    own = ready / "prompts" / "judge" / "faithfulness.md"
    with llmops.open(ready) as ws:
        ws.register()
        ws.eval("judged", target="app/docs@1")
    assert standing(ready) == "met"
    monkeypatch.setenv("LLMOPS_MODELS_JUDGE", "exam/judge")
    (ready / "llmops.toml").write_text(
        (ready / "llmops.toml").read_text() + '\n[connections.exam]\napi_base = "http://127.0.0.1:9/v1"\n'
    )
    assert standing(ready) == "not met"
    monkeypatch.delenv("LLMOPS_MODELS_JUDGE")
    assert standing(ready) == "met"
    own.parent.mkdir()
    own.write_text("Are {{ statements }} in {{ contexts }}?\n")
    assert standing(ready) == "met"  # a working file is no evidence, and takes none away
    with llmops.open(ready) as ws:
        ws.register()
    assert standing(ready) == "not met"
    with llmops.open(ready) as ws:
        ws.eval("judged@1", target="app/docs@1")
    assert standing(ready) == "met"


def test_judged_scorers_of_single_cases_belong_to_the_judge_too(ready: Path) -> None:
    cases = ready / "evals" / "data" / "few.jsonl"
    cases.write_text(
        '{"id": "a", "inputs": {"question": "How long do returns take?"}, "scorers": ["context_utilisation"]}\n'
    )
    text = SUITE.replace("judge: %s\n", "").replace("docs.jsonl", "few.jsonl")
    text = text.replace("faithfulness: {no_claims: 1}", "latency")
    (ready / "evals" / "judged.yaml").write_text(text + "gates:\n  - {error_rate: 0.99}\n")
    with llmops.open(ready) as ws:
        ws.register()
        report = ws.eval("judged", target="app/docs@1")
        assert report.judge is not None
        suite = ws.registry.resolve(Ref("suite", "judged")).spec(SuiteSpec)
        assert expected_judge_ref(ws.services, suite) == judge_ref(report.judge)
