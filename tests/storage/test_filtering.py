"""Filters as SQL: they may let through too much, never too little."""

import json

import pytest

from llmops.core.hashing import Json
from llmops.domain.filters import admits, wanted
from llmops.storage.filtering import MOST_VALUES, narrowed
from llmops.storage.store import Store
from tests.support.corpora import add_documents, new_index

VALUES: list[Json] = ["a", "ä", 'q"uo\\te', "", 1, 1.0, 1.5, 20, 2024, 10**18, True, False, "true", "20", "x\0y", "a%_"]


@pytest.mark.parametrize("value", VALUES)
def test_what_passes_is_never_left_out(value: Json) -> None:
    for held in VALUES:
        metadata = {"a": "z", "k": held, "zz": {"k": "inner"}}
        text = json.dumps(metadata, ensure_ascii=False, sort_keys=True)
        if admits(wanted({"k": value}), metadata):
            condition, values = narrowed({"k": value}, "instr")
            assert condition == "1 = 1" or any(str(stretch) in text for stretch in values.values())


def test_long_lists_narrow_nothing_and_empty_ones_everything() -> None:
    assert narrowed({"k": list(range(MOST_VALUES + 1))}, "instr") == ("1 = 1", {})
    assert narrowed({"k": []}, "instr") == ("1 = 1 AND (1 = 0)", {}) or narrowed({"k": []}, "instr")[0].endswith(
        "1 = 0"
    )
    assert narrowed(None, "instr") == ("1 = 1", {})


def test_a_search_by_words_is_narrowed_in_the_database(store: Store) -> None:
    generation, lease = new_index(store)
    add_documents(store, generation, lease, {"one": ["a gale"], "two": ["a gale again"]})
    cases: list[tuple[dict[str, Json], int]] = [
        ({"key": "one"}, 1), ({"key": ["one", "two"]}, 2), ({"source": "files", "key": "two"}, 1), ({"key": "%"}, 0),
        ({"tenant": "a"}, 0), ({"headings": "H"}, 0), ({"key": "x\0"}, 2), ({"it's": ':"); --'}, 0), ({"key": 1}, 0),
    ]  # fmt: skip
    for filters, number in cases:
        assert len(store.lexical.search(generation.id, "gale", 5, filters)) == number, filters
