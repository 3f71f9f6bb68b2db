"""Filters as Chroma writes them; the rest is in the conformance class, for the folder and for the server."""

from llmops.backends.chroma_collection import OR, _wheres
from llmops.domain.filters import wanted


def test_a_filter_is_a_condition_on_tokens() -> None:
    assert list(_wheres([])) == [None]
    assert list(_wheres(wanted({"a": 1}))) == [{"tokens": {"$contains": '["a",1]'}}]
    assert list(_wheres(wanted({"a": [1, 2], "b": True}))) == [
        {
            "$and": [
                {"$or": [{"tokens": {"$contains": '["a",1]'}}, {"tokens": {"$contains": '["a",2]'}}]},
                {"tokens": {"$contains": '["b",true]'}},
            ]
        }
    ]
    assert list(_wheres(wanted({"a": []}))) == []


def test_long_lists_become_several_conditions() -> None:
    found = list(_wheres(wanted({"a": list(range(OR * 2 + 1)), "b": ["x", "y"]})))
    assert [len(where["$and"][0].get("$or", [1])) for where in found] == [OR, OR, 1]
