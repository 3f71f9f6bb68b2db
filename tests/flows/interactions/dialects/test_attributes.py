"""Attributes are read leniently, and what nobody asked for is known."""

from hypothesis import given
from hypothesis import strategies as st

from llmops.core.hashing import Json
from llmops.flows.interactions.dialects.attributes import Attributes

VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text()), st.just("[[["), st.just("{")
)


def test_the_first_name_that_is_there_counts_and_the_rest_is_known() -> None:
    found = Attributes({"new": "a", "old": "b", "n": "12", "list": ["stop", "x"], "mine": 1})
    assert found.text("newest", "new", "old") == "a"
    assert (found.count("n"), found.number("list"), found.text("list")) == (12, None, "stop")
    assert found.rest() == {"mine": 1}


def test_numbered_names_become_rows_in_order() -> None:
    found = Attributes({"m.1.role": "user", "m.0.role": "system", "m.0.tool.0.name": "f", "m.x.role": "", "m.2": "no"})
    assert found.numbered("m") == [{"role": "system", "tool.0.name": "f"}, {"role": "user"}]
    assert found.rest() == {"m.x.role": "", "m.2": "no"}


def test_json_in_a_text_is_parsed_and_what_only_looks_like_it_stays() -> None:
    found = Attributes({"a": '[{"x": 1}]', "b": "{broken", "c": "12"})
    assert [found.json(name) for name in "abcd"] == [[{"x": 1}], "{broken", "12", None]


@given(st.dictionaries(st.sampled_from(["a", "a.0.b", "a.1.c", "a.99999999.b", "b"]), VALUES))
def test_nothing_that_a_span_may_hold_makes_it_fail(values: dict[str, Json]) -> None:
    found = Attributes(values)
    assert isinstance(found.text("a"), str)
    assert found.count("a") >= 0
    assert len(found.numbered("a")) <= 2
    assert found.json("b") is None or "b" in values
