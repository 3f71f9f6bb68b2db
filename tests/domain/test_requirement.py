"""What a promotion asks for."""

import pytest

from llmops.domain.requirement import Requirement


@pytest.mark.parametrize(("state", "is_met"), [("met", True), ("not met", False), ("unknown", False)])
def test_only_what_is_met_lets_a_version_through(state: str, is_met: bool) -> None:
    found = Requirement.model_validate({"name": "suite docs", "state": state, "detail": "run-1"})
    assert found.is_met is is_met
    assert (found.command, found.evidence) == ("", "")
