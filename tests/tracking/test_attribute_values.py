"""Values of attributes, as people and MLflow write them."""

import pytest

from llmops.core.errors import InputError
from llmops.domain.run_query import Comparison, RunField
from llmops.tracking.attribute_values import known_value
from llmops.tracking.filters import parse_filter

STATUS = RunField("attributes", "status")


@pytest.mark.parametrize(("text", "word"), [("FINISHED", "finished"), ("KILLED", "interrupted"), ("failed", "failed")])
def test_statuses_of_mlflow_are_ours(text: str, word: str) -> None:
    assert known_value(STATUS, text) == word
    assert parse_filter(f"attributes.status = '{text}'") == Comparison(STATUS, "=", word)
    assert parse_filter(f"status not in ('{text}')") == Comparison(STATUS, "not in", (word,))


def test_what_no_run_can_have_is_said() -> None:
    with pytest.raises(InputError, match="no run has the status 'finishd'") as caught:
        parse_filter("status = 'finishd'")
    assert caught.value.hint == "Did you mean 'finished'?"
    with pytest.raises(InputError, match="no run has the type 'x'") as caught:
        parse_filter("type in ('eval', 'x')")
    assert caught.value.hint == "Known: eval, training."


def test_other_texts_are_kept_as_they_are() -> None:
    assert known_value(RunField("tags", "status"), "FINISHED") == "FINISHED"
    assert known_value(RunField("attributes", "name"), "FINISHED") == "FINISHED"
