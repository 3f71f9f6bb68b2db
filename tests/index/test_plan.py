"""Comparing two sorted streams."""

import itertools
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmops.core.errors import InputError
from llmops.domain.manifest import ManifestItem
from llmops.domain.ports import SourceItem
from llmops.index.plan import Plan, PlannedChange, Tally, compare

SIDES = st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 3), max_size=8)


def listing(tokens: Mapping[str, int]) -> list[SourceItem]:
    return [SourceItem(key, str(tokens[key]), 1, 0.0) for key in sorted(tokens)]


def manifest(tokens: Mapping[str, int]) -> list[ManifestItem]:
    return [ManifestItem(key, "files", key, str(tokens[key]), 1, 0.0) for key in sorted(tokens)]


@settings(max_examples=200, deadline=None)
@given(now=SIDES, then=SIDES)
def test_the_differences_are_those_of_sets(now: dict[str, int], then: dict[str, int]) -> None:
    tally = Tally()
    found = list(compare("files", listing(now), manifest(then), tally))
    added = [d.listed.key for d in found if d.listed and not d.known]
    changed = [d.listed.key for d in found if d.listed and d.known]
    gone = [d.known.key for d in found if d.known and not d.listed]
    assert added == sorted(now.keys() - then.keys())
    assert changed == sorted(key for key in now.keys() & then.keys() if now[key] != then[key])
    assert gone == sorted(then.keys() - now.keys())
    assert tally == Tally(len(now), len(then), len(added), len(changed), len(gone))
    assert tally.differs is (now != then)


def test_both_sides_are_streamed() -> None:
    taken: list[str] = []

    def endless() -> Iterator[SourceItem]:
        for number in itertools.count():
            taken.append(f"{number:09d}")
            yield SourceItem(taken[-1], "1", 1, 0.0)

    known: list[ManifestItem] = []
    differences = compare("files", endless(), known, Tally())
    assert [next(differences).listed for _ in range(3)][-1] == SourceItem("000000002", "1", 1, 0.0)
    assert len(taken) == 3


@pytest.mark.parametrize("keys", ["ba", "aa"])
def test_an_unsorted_listing_deletes_nothing(keys: str) -> None:
    items = [SourceItem(key, "1", 1, 0.0) for key in keys]
    with pytest.raises(InputError, match=r"source 'files' lists 'a' after '[ab]'"):
        list(compare("files", items, [], Tally()))


@pytest.mark.parametrize(
    ("listed", "known", "gone", "shrunk"),
    [(70, 100, 30, False), (69, 100, 31, True), (0, 5, 5, False), (0, 6, 6, True), (100, 100, 50, False)],
)
def test_a_listing_that_shrinks_by_a_third_is_suspicious(listed: int, known: int, gone: int, shrunk: bool) -> None:
    assert Tally(listed=listed, known=known, gone=gone).has_shrunk is shrunk


def test_a_plan_in_words_and_rows() -> None:
    change = PlannedChange(kind="add", source="files:docs/*", key="docs/a.md", size=3)
    plan = Plan(
        index="docs", generation="", reason="nothing has been built yet", changes=(change,), unchanged=2, pending=3,
        rebuild="the folder of vectors is gone", held=("files:docs/*",),
    )  # fmt: skip
    assert plan.in_words() == (
        "docs: 1 to add, 2 unchanged\n"
        "builds a new generation: nothing has been built yet\n"
        "finishes an interrupted sync: 3 vectors are waiting\n"
        "rebuilds the vectors from the store, without embedding anew: the folder of vectors is gone\n"
        "more than 30% of files:docs/* is gone; nothing of it is deleted without --confirm-deletes"
    )
    assert plan.rows() == [["add", "docs/a.md"]]
    assert plan.as_json()["changes"] == [
        {"kind": "add", "source": "files:docs/*", "key": "docs/a.md", "size": 3, "was": ""}
    ]
    assert plan.keys("delete") == []


def test_a_plan_is_empty_only_if_there_is_nothing_at_all_to_do() -> None:
    nothing = Plan(index="docs", generation="g")
    assert nothing.is_empty
    assert not nothing.model_copy(update={"pending": 1}).is_empty
    assert not nothing.model_copy(update={"rebuild": "gone"}).is_empty
    assert not nothing.model_copy(update={"generation": ""}).is_empty
