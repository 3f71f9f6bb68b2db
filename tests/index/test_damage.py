"""What can be put right one by one, and what cannot."""

import pytest

from llmops.index.damage import MOST_NAMED, Faults, Found
from llmops.index.verification import Recall

POOR = Recall(k=10, queries=100, share=0.5, low=0.4, high=0.6)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (Faults(), ""),
        (Faults(missing=Found([("a", "k")]), wrong=Found([("b", "l")]), extra=Found(["c"]), doubled=Found(["d"])), ""),
        (Faults(unusable="the folder is gone"), "the folder is gone"),
        (Faults(unreachable=3, probed=200), "3 of 200 vectors were not found"),
        (Faults(misshapen=Found([("a", "k")])), "1 vectors had a wrong dimension"),
        (Faults(repeated=2), "2 ids were there twice"),
        (Faults(recall=POOR), "it found too few of the nearest chunks"),
        (Faults(recall=POOR, wrong=Found([("b", "l")])), ""),
    ],
)
def test_only_what_single_vectors_cannot_mend_is_rebuilt(faults: Faults, reason: str) -> None:
    assert faults.to_rebuild == reason


def test_of_very_many_only_the_first_are_remembered_and_all_are_made_again() -> None:
    extra = Found(f"{number}" for number in range(MOST_NAMED))
    faults = Faults(extra=extra, missing=Found([("a", "k")]))
    assert faults.to_rebuild == ""
    extra.add("one", "more")
    assert (extra.count, len(list(extra))) == (50_002, 50_000)
    assert faults.to_rebuild == "50,003 vectors were missing, wrong or unknown"
