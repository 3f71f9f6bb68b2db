import pytest

from llmops.core.errors import NotFound
from llmops.guard.catalog import CHECKS


def test_checks_are_found_by_name() -> None:
    assert {"pii", "secrets", "phrases", "injection"} <= set(CHECKS)


def test_a_misspelt_check_is_answered_with_the_nearest() -> None:
    with pytest.raises(NotFound, match=r"no check called 'secret'\nDid you mean 'secrets'"):
        CHECKS.get("secret")
