"""Policies are read for the registry with file and line, and opened with what a workspace supplies."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InvalidFile
from llmops.core.names import parse_ref
from llmops.flows.policies import open_policy, policy_reader
from llmops.text.beside import FilesBelow
from llmops.text.yaml import read_yaml
from tests.support.judges import judging, verdicts

POLICY = "input:\n  - phrases: {phrases: [open sesame], action: block}\n"


def test_a_policy_of_the_workspace_checks_under_its_registered_digest(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/chat.yaml").write_text(POLICY)
    with llmops.open(tmp_path, store__url="sqlite://") as ws:
        bundle = ws.registry.bundle(parse_ref("policy/chat"))
        policy = open_policy(ws.services, bundle)
    verdict = policy.check_input("Open sesame!")
    assert verdict.blocked
    assert (verdict.policy, verdict.ref) == (bundle.main.digest, "policy/chat")


def test_an_unknown_check_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "chat.yaml"
    file.write_text("input:\n  - phrase: {phrases: [a]}\n")
    with pytest.raises(InvalidFile, match=r"chat\.yaml:2: .*phrase.*\n.*phrases"):
        policy_reader()(read_yaml(file), (), FilesBelow(tmp_path))


JUDGED = "output:\n  - scorer: {scorer: faithfulness, min: 0.5, judge: exam/judge, action: block, timeout_ms: 5000}\n  - pii\n"


def test_a_judged_scorer_looks_at_answers_as_they_were_redacted(tmp_path: Path) -> None:
    with judging(tmp_path) as bench:
        (tmp_path / "policies").mkdir()
        (tmp_path / "policies/chat.yaml").write_text(JUDGED)
        policy = open_policy(bench.services, bench.services.registry.bundle(parse_ref("policy/chat")))
        shown: list[str] = []

        def split(messages: str) -> str:
            shown.append(messages)
            return '{"statements": ["a", "b", "c"]}'

        bench.program({"judge/statements": split, "judge/faithfulness": verdicts(0, 0, 1)})
        verdict = policy.check_output("Write to a@b.com.", contexts=["x"], question="Whom do I write to?")
        assert (verdict.action, len(bench.asked)) == ("block", 2)
        assert verdict.outcomes[-1].reason.startswith(
            "faithfulness is 0.333, at least 0.5: 1 of 3 statements supported"
        )
        assert "Whom do I write to?" in shown[0]
        assert "[EMAIL]" in shown[0]
        assert "a@b.com" not in shown[0]
        bench.program({"judge/statements": "no idea"})
        failed = policy.check_output("Yes.", contexts=["x"])
        assert (failed.action, failed.outcomes[-1].stops) == ("error", True)
        assert "gave no verdict on judge/statements, twice" in failed.outcomes[-1].reason
