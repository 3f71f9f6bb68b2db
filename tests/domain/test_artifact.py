"""Artifacts: what is written and what is stored."""

import pytest
from pydantic import ValidationError

from llmops.domain.artifact import AppFile, Candidate, InputSpec, PromptSpec, same_person


def test_an_app_holds_its_parts_by_ref_or_inline() -> None:
    written = AppFile.model_validate({"prompt": "answer", "rag": {"sources": [{"files": "docs/*.md"}]}})
    assert written.prompt == "answer"
    assert not isinstance(written.rag, str | None)
    assert written.rag.retrieval.k == 5


def test_a_prompt_needs_a_body() -> None:
    with pytest.raises(ValidationError, match="body"):
        PromptSpec.model_validate({"description": "x"})


def test_an_input_has_a_json_type() -> None:
    with pytest.raises(ValidationError, match="'string', 'integer'"):
        InputSpec.model_validate({"type": "str"})


@pytest.mark.parametrize("weight", [0, -0.1, 1.01, float("nan")])
def test_a_candidate_has_a_share_of_the_traffic(weight: float) -> None:
    with pytest.raises(ValidationError, match="weight"):
        Candidate(number=2, digest="sha256:ab", weight=weight, mode="canary")


def test_a_candidate_is_shown_with_its_share() -> None:
    assert str(Candidate(number=2, digest="sha256:ab", weight=0.07, mode="canary")) == "version 2 as canary for 7 %"


def test_capitals_make_nobody_another_person() -> None:
    assert same_person("Anna@Example.org ", "anna@example.org")
    assert not same_person("anna@example.org", "ben@example.org")
