import pytest

from llmops.core.hashing import Json
from llmops.domain.labelling import Label, label_of
from llmops.domain.verdict import Finding, Outcome, Verdict


@pytest.mark.parametrize(
    ("expectations", "label"),
    [
        ({"label": "benign"}, Label("benign", False, False)),
        ({"label": " Safe "}, Label("Safe", False, False)),
        ({"label": "injection"}, Label("injection", True, False)),
        ({"blocked": True}, Label("blocked", True, True)),
        ({"blocked": False, "label": "spam"}, Label("spam", False, True)),
        ({"blocked": "yes"}, None),
        ({"label": ""}, None),
        ({}, None),
    ],
)
def test_expectations_say_what_is_right(expectations: Json, label: Label | None) -> None:
    assert label_of(expectations) == label


@pytest.mark.parametrize(
    ("outcomes", "caught", "stopped"),
    [
        ([Outcome("pii", "allow")], False, False),
        ([Outcome("pii", "redact", (Finding(0, 1, "EMAIL"),))], True, False),
        ([Outcome("secrets", "block", (Finding(0, 1, "KEY"),), stops=True)], True, True),
        ([Outcome("judge", "error", reason="it hung", stops=True)], None, None),
        ([Outcome("judge", "error"), Outcome("pii", "flag", (Finding(0, 1, "EMAIL"),))], True, None),
    ],
)
def test_an_error_is_neither_caught_nor_let_through(
    outcomes: list[Outcome], caught: bool | None, stopped: bool | None
) -> None:
    verdict = Verdict("allow", "a", "input", "sha256:1", tuple(outcomes))
    assert Label("bad", True, by_stop=False).is_caught(verdict) is caught
    assert Label("bad", True, by_stop=True).is_caught(verdict) is stopped
