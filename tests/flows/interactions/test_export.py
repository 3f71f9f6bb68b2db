"""Files of interactions that cannot be written on."""

from pathlib import Path

import pytest

from llmops.core.errors import InvalidFile
from llmops.flows.interactions.export import add_cases
from tests.support.interactions import interaction


def test_a_damaged_file_of_cases_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a"}\nrubbish\n')
    with pytest.raises(InvalidFile, match=r"cases\.jsonl:2: this is no case"):
        add_cases([(interaction(), [])], path)


def test_what_has_no_texts_is_no_case(tmp_path: Path) -> None:
    done = add_cases([(interaction(1, inputs={}), []), (interaction(2), [])], tmp_path / "cases.jsonl")
    assert (done.added, done.known, done.without_text) == (1, 0, 1)
