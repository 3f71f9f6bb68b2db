import pytest
from pydantic import ValidationError

from llmops.domain.policy import CheckSpec, PolicySpec


def test_a_policy_is_frozen_and_knows_its_fields() -> None:
    spec = PolicySpec(input=(CheckSpec(check="pii", name="pii", action="redact", on_error="block"),))
    assert spec.input[0].timeout_ms == 200
    with pytest.raises(ValidationError, match="frozen"):
        spec.block_message = "no"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="Extra inputs"):
        PolicySpec.model_validate({"inputs": []})
