"""eval --help: every option says what it does."""

from typing import get_type_hints

import pytest
import typer

from llmops.cli import eval_options
from llmops.cli.evals import evaluate

ALIASES = [name for name in vars(eval_options) if name[0].isupper() and name not in ("Annotated", "Path", "TypeAlias")]


@pytest.mark.parametrize("name", ALIASES)
def test_an_option_is_explained(name: str) -> None:
    (option,) = getattr(eval_options, name).__metadata__
    assert isinstance(option, typer.models.ParameterInfo)
    assert option.help
    assert option.help.endswith(".")


def test_every_option_is_one_of_the_command() -> None:
    used = [hint for name, hint in get_type_hints(evaluate, include_extras=True).items() if name != "return"]
    assert all(getattr(eval_options, name) in used for name in ALIASES)
