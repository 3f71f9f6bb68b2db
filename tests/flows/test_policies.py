"""Policies are read for the registry with file and line, and opened with what a workspace supplies."""

from pathlib import Path

import pytest

import llmops
from llmops.core.errors import InvalidFile
from llmops.core.names import parse_ref
from llmops.flows.policies import open_policy, policy_reader
from llmops.text.yaml import read_yaml

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
        policy_reader(tmp_path)(read_yaml(file), (), lambda name: "")
