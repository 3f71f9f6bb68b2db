"""CSV as text that can be read without the head of the table."""

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.index.parsing.anchors import Places
from llmops.index.parsing.table import parse_csv

CELL = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=8)


def test_each_record_says_what_its_values_are_and_where_it_stands() -> None:
    page = parse_csv("s", "a.csv", b'name,price,\nLamp,12,x\n\n"Two\nlines",,\n')
    assert page.text == "name: Lamp\nprice: 12\ncolumn 3: x\n\nname: Two\nlines"
    places = Places(page)
    assert [places.at(page.text.index(word))[0] for word in ("Lamp", "Two")] == [2, 4]


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_told_by_the_names_of_the_columns(mark: str) -> None:
    text = "\n".join(mark.join(row) for row in (["name", "price"], ["Lamp", "1,5"], ["Chair", "20,0"]))
    assert parse_csv("s", "a.csv", text.encode()).text.startswith("name: Lamp\nprice: 1,5\n\n")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a,b\n1,2,3\n", "a.csv:2: this record has 3 fields, and the head names 2"),
        (b'a,b\n"open,1\n', "a.csv:2: unexpected end"),
    ],
)
def test_a_record_that_cannot_be_read_is_named(data: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        parse_csv("s", "a.csv", data)
    assert "exclude the file" in caught.value.hint


@example([["'", "'"]])
@given(st.lists(st.lists(CELL, min_size=2, max_size=2), min_size=1, max_size=5))
def test_no_value_is_lost(rows: list[list[str]]) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([["first", "second"], *rows])
    text = parse_csv("s", "a.csv", stream.getvalue().encode()).text
    assert all(cell.strip() in text for row in rows for cell in row)
