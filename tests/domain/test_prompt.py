"""What a prompt holds."""

from llmops.domain import artifact
from llmops.domain.prompt import PromptSpec


def test_it_is_the_same_noun_under_both_names() -> None:
    assert artifact.PromptSpec is PromptSpec
    assert PromptSpec(body="Hello").inputs == {}
