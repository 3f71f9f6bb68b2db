"""Optional libraries: there, or an error with the pip line."""

import importlib.util

import pytest

from llmops.core.errors import ExtraMissing
from llmops.core.extras import require


def test_a_library_that_is_there_is_no_error() -> None:
    require("sacrebleu", "scorers", needed_for="bleu")
    assert importlib.util.find_spec("sacrebleu") is not None


def test_a_missing_library_is_an_error_with_the_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ExtraMissing, match="rouge_1 needs rouge-score, which is not installed") as caught:
        require("rouge_score", "scorers", needed_for="rouge_1")
    assert caught.value.hint == 'pip install "llmops[scorers]"'
