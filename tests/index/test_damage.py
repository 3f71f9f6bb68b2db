"""What can be put right one by one, and what cannot."""

import pytest

from llmops.index.damage import Faults
from llmops.index.verification import Recall

POOR = Recall(k=10, queries=100, share=0.5, low=0.4, high=0.6)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        (Faults(), ""),
        (Faults(missing=[("a", "k")], wrong=[("b", "l")], extra=["c"], doubled=["d"]), ""),
        (Faults(unusable="the folder is gone"), "the folder is gone"),
        (Faults(unreachable=3, probed=200), "3 of 200 vectors were not found"),
        (Faults(misshapen=[("a", "k")]), "1 vectors had a wrong dimension"),
        (Faults(repeated=2), "2 ids were there twice"),
        (Faults(recall=POOR), "it found too few of the nearest chunks"),
        (Faults(recall=POOR, wrong=[("b", "l")]), ""),
    ],
)
def test_only_what_single_vectors_cannot_mend_is_rebuilt(faults: Faults, reason: str) -> None:
    assert faults.to_rebuild == reason
