"""What is taken out of kept texts."""

from collections.abc import Iterable

import pytest

from llmops.domain.verdict import Finding
from llmops.flows.interactions.redaction import MAX_TEXT, Redaction
from llmops.guard.checks.secrets import Secrets
from llmops.guard.normalise.reading import Reading
from llmops.guard.policy import Policy

TEXT = "a@example.com, +1 415 555 0132, AKIAIOSFODNN7EXAMPLE"


def test_the_policy_says_what_and_secrets_go_always() -> None:
    policy = Policy.from_mapping(
        {"input": [{"pii": {"entities": ["email"], "action": "block"}}], "output": [{"length": {"max": 9}}]}
    )
    redact = Redaction(policy)
    assert redact(TEXT, "input") == "[EMAIL], +1 415 555 0132, [AWS_KEY]"
    assert redact(TEXT, "output") == Redaction()(TEXT, "output") == "[EMAIL], [PHONE], [AWS_KEY]"
    assert redact(TEXT, "input") == "[EMAIL], +1 415 555 0132, [AWS_KEY]"  # from memory


def test_a_text_that_cannot_be_looked_at_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: object, reading: Reading) -> Iterable[Finding]:
        raise RuntimeError("boom")

    monkeypatch.setattr(Secrets, "find", fail)
    assert Redaction()("hello", "input") == "[not kept: a check failed]"


def test_a_text_has_an_end() -> None:
    assert len(Redaction()("word " * MAX_TEXT, "input")) == MAX_TEXT
