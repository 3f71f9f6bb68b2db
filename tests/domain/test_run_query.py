"""What is asked of runs, as values."""

from llmops.domain.run import Run
from llmops.domain.run_query import ATTRIBUTES, RunField


def test_a_field_is_written_as_people_write_it() -> None:
    assert str(RunField("metrics", "train/loss")) == "metrics.train/loss"
    assert str(RunField("attributes", "status")) == "status"


def test_runs_have_every_attribute_that_may_be_asked_for() -> None:
    assert set(ATTRIBUTES) <= set(Run.model_fields)
