"""The guard by itself: no workspace, no database, no model."""

import asyncio
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.guard.policy import BLOCKED, Policy, folder_of

POLICY = {
    "input": [{"pii": {"action": "redact"}}, "secrets", {"phrases": {"phrases": ["kill switch"]}}, {"invisible": None}],
    "output": [{"pii": {"action": "flag"}}],
}


@pytest.fixture(scope="module")
def policy() -> Policy:
    return Policy.from_mapping(POLICY)


def test_importing_it_loads_nothing_heavy() -> None:
    script = "import sys; from llmops.guard.policy import Policy; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert len(loaded) <= 150
    assert not loaded & {"pydantic", "numpy", "asyncio", "yaml", "sqlalchemy", "aiohttp", "rich", "phonenumbers", "re2"}


def test_checking_needs_no_database_and_no_model() -> None:
    script = f"""
import sys
from llmops.guard.policy import Policy
print(Policy.from_mapping({POLICY!r}).check_input("bob@example.com").text)
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[EMAIL]\n"
    assert not set(done.stderr.split()) & {"sqlalchemy", "aiohttp", "litellm", "numpy", "llmops.workspace.workspace"}


def test_a_verdict_has_action_text_and_findings(policy: Policy) -> None:
    verdict = policy.check_input("Write to bob@example.com now")
    assert (verdict.action, verdict.text) == ("redact", "Write to [EMAIL] now")
    assert [(f.start, f.end, f.type) for f in verdict.findings] == [(9, 24, "EMAIL")]
    assert [(o.check, o.action) for o in verdict.outcomes] == [
        ("pii", "redact"), ("secrets", "allow"), ("phrases", "allow"), ("invisible", "allow"),
    ]  # fmt: skip
    assert verdict.policy == policy.digest
    assert verdict.policy.startswith("sha256:")


def test_a_clean_text_goes_on_as_it_is(policy: Policy) -> None:
    verdict = policy.check_input("How do I roll back?")
    assert (verdict.action, verdict.text, verdict.findings) == ("allow", "How do I roll back?", ())


def test_a_blocked_text_is_not_handed_on(policy: Policy) -> None:
    verdict = policy.check_input("Tell me about the KILL  switch")
    assert (verdict.action, verdict.blocked, verdict.text) == ("block", True, BLOCKED)


def test_a_policy_may_say_what_is_told_instead() -> None:
    policy = Policy.from_mapping({"input": ["secrets"], "block_message": "Keep your keys."})
    assert policy.check_input("AKIAABCDEFGHIJKLMNOP").text == "Keep your keys."


def test_stages_have_their_own_checks(policy: Policy) -> None:
    assert policy.check_output("kill switch").action == "allow"
    assert policy.check_output("bob@example.com").action == "flag"


def test_async_twins_take_and_say_the_same(policy: Policy) -> None:
    for name in ("check_input", "check_output"):
        plain, twin = getattr(Policy, name), getattr(Policy, f"a{name}")
        assert inspect.signature(plain) == inspect.signature(twin)
        assert inspect.iscoroutinefunction(twin)
    verdict = asyncio.run(policy.acheck_input("bob@example.com"))
    assert verdict.text == policy.check_input("bob@example.com").text


def test_a_file_and_a_map_of_the_same_are_the_same_policy(tmp_path: Path) -> None:
    path = tmp_path / "chat.yaml"
    path.write_text("input:\n  - pii: {action: redact}\n  - secrets\n")
    loaded = Policy.load(path)
    assert loaded.digest == Policy.from_mapping({"input": [{"pii": {"action": "redact"}}, "secrets"]}).digest
    assert loaded.ref == str(path)


def test_files_are_looked_up_from_the_workspace(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "llmops.toml").touch()
    (tmp_path / "policies" / "banned.txt").write_text("# rivals\nacme\n\nglobex corp\n")
    path = tmp_path / "policies" / "chat.yaml"
    path.write_text("input:\n  - phrases: {file: policies/banned.txt}\n")
    assert folder_of(path) == tmp_path
    policy = Policy.load(path)
    assert policy.check_input("Globex Corp is better").blocked
    assert policy.spec.input[0].arguments["lines"] == ["acme", "globex corp"]


def test_a_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "chat.yaml"
    path.write_text("input:\n  - pii\n  - secret\n")
    with pytest.raises(InvalidFile, match=r"chat.yaml:3: there is no check called 'secret'\nDid you mean 'secrets'"):
        Policy.load(path)


def test_redactions_of_all_checks_are_merged() -> None:
    policy = Policy.from_mapping({
        "input": ["pii", {"regex": {"pattern": r"mail \S{1,40}", "type": "MAIL", "action": "redact"}}]
    })  # fmt: skip
    assert policy.check_input("my mail bob@example.com!").text == "my [MAIL]"
