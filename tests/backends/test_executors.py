"""Executors by name, and what their workers tell."""

import json
from pathlib import Path

import pytest

from llmops.backends.executors import EXECUTORS, find_executor, read_error, written_error
from llmops.core.errors import ExtraMissing, InputError, InvalidFile, LlmopsError, ModelError, NotFound


def test_this_process_needs_no_workers() -> None:
    assert find_executor("local") is None


def test_ray_is_there_without_being_imported() -> None:
    assert "ray" in EXECUTORS
    assert find_executor("ray") is not None


def test_an_unknown_executor_names_the_nearest() -> None:
    with pytest.raises(NotFound, match="there is no executor called 'lokal'") as unknown:
        find_executor("lokal")
    assert "local" in unknown.value.hint


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ModelError("the model is gone", hint="Look for it."), ModelError),
        (NotFound("there is none", hint="Make one."), NotFound),
        (InvalidFile(Path("a.yaml"), "it is torn", line=3, hint="Mend it."), InputError),
        (ExtraMissing("pypdf", "rag", needed_for="a.pdf"), InputError),
    ],
)
def test_an_error_of_a_worker_says_the_same_here(error: LlmopsError, kind: type[LlmopsError]) -> None:
    told = read_error(json.loads(json.dumps(written_error(error))))
    assert type(told) is kind
    assert (told.message, told.hint, told.exit_code) == (error.message, error.hint, error.exit_code)
