"""The error tree: exit codes and texts."""

import inspect

from llmops.core import errors
from llmops.core.errors import CheckFailed, ExtraMissing, InvalidFile, LlmopsError, ModelError, NotFound


def test_exit_codes_say_who_has_to_act() -> None:
    assert NotFound("x").exit_code == 2
    assert CheckFailed("x").exit_code == 1
    assert ModelError("x").exit_code == 3


def test_a_file_error_names_file_and_line() -> None:
    error = InvalidFile("evals/docs.yaml", "unknown key 'scorrers'", line=4, hint="Did you mean 'scorers'?")
    assert str(error) == "evals/docs.yaml:4: unknown key 'scorrers'\nDid you mean 'scorers'?"


def test_a_missing_extra_is_a_pip_line() -> None:
    assert ExtraMissing("chromadb", "rag", needed_for="the vector store").hint == 'pip install "llmops[rag]"'


def test_every_error_is_drawn_in_the_tree() -> None:
    tree = inspect.getdoc(errors) or ""
    for name, cls in inspect.getmembers(errors, inspect.isclass):
        if issubclass(cls, LlmopsError):
            assert name in tree
