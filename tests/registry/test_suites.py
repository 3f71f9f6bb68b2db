"""Suites: scorers in all their forms, gates, datasets."""

import pytest

from llmops.domain.suite import ScorerSpec, SuiteSpec
from tests.support.registries import CASES, Desk

HEAD = "target: {app: docs}\ndataset: evals/data/docs.jsonl\n"


def test_scorers_are_written_out(desk: Desk) -> None:
    desk.write_all()
    scorers = """scorers:
  - contains
  - semantic_similarity: {min: 0.7}
  - regex: {name: cites, pattern: '\\[1\\]'}
  - latency:
  - my_package.scorers:is_polite
  - my_package.scorers:is_short: {max: 1, words: 30}
gates:
  - {scorer: cites, min: 0.9}
  - {latency_p95: 2.0}
"""
    desk.write("evals/docs.yaml", HEAD + scorers)
    spec = desk.resolve("suite/docs").spec(SuiteSpec)
    assert spec.scorers == (
        ScorerSpec(scorer="contains", label="contains"),
        ScorerSpec(scorer="semantic_similarity", label="semantic_similarity", min=0.7),
        ScorerSpec(scorer="regex", label="cites", arguments={"pattern": r"\[1\]"}),
        ScorerSpec(scorer="latency", label="latency"),
        ScorerSpec(scorer="my_package.scorers:is_polite", label="is_polite"),
        ScorerSpec(scorer="my_package.scorers:is_short", label="is_short", arguments={"words": 30}, max=1),
    )
    assert spec.gates[1].latency_p95 == 2.0
    assert spec.repeats == 1


@pytest.mark.parametrize("written", ["evals/data/docs.jsonl", "docs", "dataset/docs", "docs@latest", "dataset/docs@1"])
def test_the_dataset_is_pinned_by_path_or_ref(desk: Desk, written: str) -> None:
    desk.write_all()
    desk.register("evals/data")
    desk.write("evals/docs.yaml", f"target: {{app: docs}}\ndataset: {written}\nscorers: [contains]\n")
    pin = desk.resolve("suite/docs").spec(SuiteSpec).dataset
    assert (pin.name, pin.digest) == ("docs", desk.resolve("dataset/docs@1").digest)


def test_new_cases_make_a_new_suite(desk: Desk) -> None:
    desk.write_all()
    desk.register()
    desk.write("evals/data/docs.jsonl", CASES + '{"id": "q3", "inputs": {"question": "c?"}}\n')
    assert desk.registered("evals/docs.yaml") == ["+dataset/docs@2", "+suite/docs@2"]
    old = desk.resolve("suite/docs@1").spec(SuiteSpec)
    assert len(desk.registry.cases(old.dataset)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scorers: [contains]\ngates: [{scorer: contians, min: 0.5}]",
         "evals/docs.yaml:4: the suite has no scorer called 'contians'\nDid you mean 'contains'?"),
        ("scorers:\n  - regex: {pattern: a}\n  - regex: {pattern: b}",
         "evals/docs.yaml:5: two scorers are called 'regex'\nGive one of them a name: - regex: {name: other_regex}"),
        ("scorers: []", "evals/docs.yaml:3: scorers is empty"),
        ("scorers:\n  - {contains: {}, regex: {}}", "evals/docs.yaml:4: a scorer is a name, or one name with a map of arguments"),
        ("scorers:\n  - 3", "evals/docs.yaml:4: a scorer is a name"),
        ("scorers:\n  - contains: [a]", "evals/docs.yaml:4: a scorer is a name"),
        ("scorers:\n  - contains: {min: high}", "evals/docs.yaml:4: min of 'contains' must be a number, not 'high'"),
        ("scorers:\n  - contains: {min: 2, max: 1}", "evals/docs.yaml:4: min 2 is above max 1"),
        ("scorers:\n  - contains: {name: [a]}", "the name of 'contains' must be text"),
        ("scorers: contains", 'evals/docs.yaml:3: scorers must be a list, not "contains"'),
        ("scorrers: [contains]", "evals/docs.yaml:3: unknown key 'scorrers'\nDid you mean 'scorers'?"),
        ("scorers: [contains]\nrepeats: 0", "evals/docs.yaml:4: repeats: should be greater than or equal to 1, not 0"),
        ("scorers: [contains]\nrepeats: '2'", 'evals/docs.yaml:4: repeats must be a whole number, not "2"'),
        ("scorers: [contains]\njudge: {modl: openai/x}", "evals/docs.yaml:4: unknown key 'judge.modl'\nDid you mean 'model'?"),
        ("scorers: [contains]\njudge: {repeats: 0}", "judge.repeats: should be greater than or equal to 1, not 0"),
        ("scorers: [contains]\ngates:\n  - {scorer: contains, segment: metadata.lang, min: 0.1}",
         "segment and max_gap go together: {scorer: …, segment: metadata.lang, max_gap: 0.1}"),
        ("scorers: [contains]\ngates:\n  - {scorer: contains, segment: lang, max_gap: 0.1}", "evals/docs.yaml:5: "),
        ("scorers: [contains]\ngates: [{scorer: contains}]", "a scorer gate takes exactly one of min, max, no_worse_than"),
        ("scorers: [contains]\ngates: [{min: 0.5}]", "a gate is {scorer: …"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_suite(desk: Desk, text: str, said: str) -> None:
    desk.write_all()
    desk.write("evals/docs.yaml", HEAD + text)
    assert said in desk.complaint()


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("target: {app: dcos}\ndataset: docs", "evals/docs.yaml:1: there is no app called 'dcos'\nDid you mean 'docs'?"),
        ("target: {rag: dcos}\ndataset: docs", "evals/docs.yaml:1: there is no rag called 'dcos'\nDid you mean 'docs'?"),
        ("target: {python: shop.answer}\ndataset: docs",
         "evals/docs.yaml:1: 'shop.answer' names no function\nWrite module:function"),
        ("target: {http: {url: 'ftp://x'}}\ndataset: docs", "evals/docs.yaml:1: target.http: url is no http or https address"),
        ("target:\n  http:\n    connection: desk\n    output: answer\ndataset: docs",
         "evals/docs.yaml:4: the path 'answer' cannot be read at character 0"),
        ("target:\n  http:\n    connection: desk\n    outputs: $.answer\ndataset: docs",
         "evals/docs.yaml:4: unknown key 'target.http.outputs'\nDid you mean 'output'?"),
        ("target:\n  http:\n    connection: desk\n    headers: {Authorization: Bearer 0123456789}\ndataset: docs",
         "evals/docs.yaml:4: 'Authorization' holds a literal credential"),
        ("target: {app: docs, prompt: x}\ndataset: docs", "a target is exactly one of app, prompt, rag"),
        ("target: {app: docs}\ndataset: evals/data/dcos.jsonl",
         "evals/docs.yaml:2: dataset 'evals/data/dcos.jsonl': there is no such file\nDid you mean 'evals/data/docs.jsonl'?"),
        ("target: {app: docs}\ndataset: dcos", "evals/docs.yaml:2: there is no dataset called 'dcos'\nDid you mean 'docs'?"),
        ("target: {app: docs}\ndataset: evals/docs.yaml", "this is a suite"),
        ("target: {app: docs}\ndataset: ../../etc/cases.jsonl", "no such file"),
        ("target: {app: docs}\ndataset: /etc/cases.jsonl", "no such file"),
        ("target: {app: docs}\ndataset: evals/data/docs.parquet", "no such file"),
    ],
)  # fmt: skip
def test_targets_and_datasets_that_are_not_there(desk: Desk, head: str, said: str) -> None:
    desk.write_all()
    desk.write("evals/docs.yaml", f"{head}\nscorers: [contains]\n")
    assert said in desk.complaint()


def test_a_judge_is_a_model_or_a_map(desk: Desk) -> None:
    desk.write_all()
    desk.write("evals/docs.yaml", HEAD + "scorers: [contains]\njudge: openai/x")
    short = desk.resolve("suite/docs")
    desk.write("evals/docs.yaml", HEAD + "scorers: [contains]\njudge: {model: openai/x}")
    assert desk.resolve("suite/docs").digest == short.digest
    assert short.content["judge"] == {"model": "openai/x", "repeats": 1}


def test_a_suite_may_name_an_alias_that_nothing_holds_yet(desk: Desk) -> None:
    desk.write_all()
    desk.write("evals/docs.yaml", "target: {app: docs@production}\ndataset: docs\nscorers: [contains]\n")
    assert "+suite/docs@1" in desk.registered()


OWN = '{"id": "a", "inputs": {"q": 1}, "scorers": [{"contains": {"name": "own"}}]}'


def test_a_gate_may_be_on_the_scorer_that_cases_bring(desk: Desk) -> None:
    desk.write_all()
    desk.write("evals/data/docs.jsonl", OWN)
    desk.write("evals/docs.yaml", HEAD + "scorers: [contains]\ngates: [{scorer: own, min: 0.5}]")
    assert desk.resolve("suite/docs").spec(SuiteSpec).gates[0].scorer == "own"


def test_a_suite_and_a_case_cannot_call_two_scorers_alike(desk: Desk) -> None:
    desk.write_all()
    desk.write("evals/data/docs.jsonl", OWN)
    desk.write("evals/docs.yaml", HEAD + "scorers: [contains: {name: own}]")
    assert "evals/docs.yaml:3: a case of the dataset has a scorer called 'own' too" in desk.complaint()
