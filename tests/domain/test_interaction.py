"""Messages, usage and replies."""

import pytest
from pydantic import ValidationError

from llmops.domain.interaction import Message, Usage


def test_tokens_add_up() -> None:
    assert Usage(prompt_tokens=3, completion_tokens=4).tokens == 7


def test_an_unknown_price_is_not_free() -> None:
    assert Usage().cost is None


def test_roles_are_those_of_chat_models() -> None:
    with pytest.raises(ValidationError, match="'system', 'user', 'assistant' or 'tool'"):
        Message.model_validate({"role": "human"})
