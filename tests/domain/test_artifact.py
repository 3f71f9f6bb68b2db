"""Artifacts: what is written and what is stored."""

import pytest
from pydantic import ValidationError

from llmops.domain.artifact import AppFile, InputSpec, PromptSpec


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
